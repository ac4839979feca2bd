// The second hand: a moment that moves once a second while something on the screen counts.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export const second = signal(Date.now());
/** What the server's clock is ahead of ours, in milliseconds; a countdown is told from the server's times. */
let ahead = 0;

/** A moment that the server names, heard this instant. Blinks of the network are no wrong clock. */
export function learnClock(at: string): void {
  const found = Date.parse(at) - Date.now();
  ahead = Math.abs(found) > 1500 ? found : 0;
}

let watchers = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

/** Milliseconds of the server's clock, new each second as long as the component stands. */
export function useSecond(): number {
  useEffect(() => {
    if (!watchers++) ticking = setInterval(() => { second.value = Date.now(); }, 1000);
    second.value = Date.now();
    return () => { if (!--watchers) clearInterval(ticking); };
  }, []);
  return second.value + ahead;
}

export const serverNow = () => Date.now() + ahead;
