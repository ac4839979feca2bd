// The bar at the foot of a form: says what is unsaved and saves it; Ctrl+S does too.
import { useEffect, useRef } from 'preact/hooks';
import { Button, Icon } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';

export function SaveBar({ changed, busy, problem, onReset }: { changed: boolean; busy: boolean; problem: string | null; onReset(): void }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!changed) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    const save = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 's') return;
      event.preventDefault();
      bar.current?.closest('form')?.requestSubmit();
    };
    addEventListener('beforeunload', warn);
    addEventListener('keydown', save);
    return () => { removeEventListener('beforeunload', warn); removeEventListener('keydown', save); };
  }, [changed]);
  if (!changed && !problem) return null;
  return (
    <div class="save-bar" ref={bar}>
      {problem ? <p class="save-problem" role="alert"><Icon name="alert" />{problem}</p> : <p class="quiet">{_('Not saved yet')}</p>}
      <Button onClick={onReset}>{_('Discard')}</Button>
      <Button kind="primary" type="submit" busy={busy}>{_('Save')}</Button>
    </div>
  );
}
