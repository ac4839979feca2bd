/* A transcript that stays at its end while things arrive, until one scrolls up to read. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

interface Following {
  /** Whether there is an end to stay at: a welcome is read from its beginning. */
  follows?(): boolean;
  /** Called when the newest line is on screen. */
  saw?(): void;
  /** One's own words are always shown. */
  isSaying: boolean;
}

export function useEnd({ follows = () => true, saw = () => {}, isSaying }: Following) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const top = useRef(0);
  const staysAtEnd = () => isAtEnd.peek() && follows();
  const toEnd = (behavior: ScrollBehavior = 'auto') => scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior });
  const look = () => {
    if (!scroller.current) return;   // a scroll that was under way when the view was left
    const { scrollTop, scrollHeight, clientHeight } = scroller.current;
    // Growing content puts distance to the end without anybody scrolling: only going up is leaving.
    const isLeaving = scrollTop < top.current;
    top.current = scrollTop;
    isAtEnd.value = scrollHeight - scrollTop - clientHeight < 40 || (isAtEnd.peek() && !isLeaving);
    if (isAtEnd.value) saw();
  };
  // Pictures arrive, the keyboard opens: who was at the end stays at the end.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => { if (staysAtEnd()) toEnd(); });
    observer.observe(content.current!);
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => { if (staysAtEnd()) toEnd(); });
  useEffect(() => { isAtEnd.value = true; if (staysAtEnd()) toEnd(); }, [isSaying]);
  return { scroller, content, isAtEnd, look, toEnd };
}
