/* Tells the other side that one types: at most every three seconds, and that it stopped. */
const TOLD_EVERY = 3_000;
const STOPS_AFTER = 5_000;

export function typist(tell: (on: boolean) => void, isHeard: () => boolean) {
  let saidAt = 0;
  let stops: ReturnType<typeof setTimeout> | undefined;
  function stop(): void {
    clearTimeout(stops);
    if (saidAt) tell(false);
    saidAt = 0;
  }
  return {
    stop,
    typed(text: string): void {
      clearTimeout(stops);
      if (!text) return stop();
      stops = setTimeout(stop, STOPS_AFTER);
      if (!isHeard() || Date.now() - saidAt < TOLD_EVERY) return;
      saidAt = Date.now();
      tell(true);
    },
  };
}
