/* What every page of ours in front of customers and guests begins with: words, colours, a place above the keyboard; and the banner. */
import { render, type ComponentType } from 'preact';
import { _, loadCatalogue } from '../shared/i18n.ts';
import { apply } from './theme.ts';
import './frame.css';

/** Says once that the way is broken, and that nothing is lost by it. */
export function Banner({ isOffline }: { isOffline: boolean }) {
  return <div role="status" class="banner" hidden={!isOffline}>{isOffline ? _('Reconnecting… What you write is kept and sent as soon as we are back.') : ''}</div>;
}

export function Opening() {
  return <main class="view opening" aria-busy="true"><span class="ghost" /><span class="ghost" /><span class="ghost short" /><p class="unseen" role="status">{_('Opening the chat…')}</p></main>;
}

/** On phones the keyboard lies over a page of its own; what is left of the screen is ours. */
function followKeyboard(): void {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const fit = () => {
    document.documentElement.style.setProperty('--height', `${visualViewport.height}px`);
    if (visualViewport.scale === 1) scrollTo(0, 0);
  };
  visualViewport.addEventListener('resize', fit);
  fit();
}

export async function begin(App: ComponentType, start: () => void, { isEmbedded = false } = {}): Promise<void> {
  apply({ accent: document.documentElement.dataset.accent ?? '' });
  await loadCatalogue();
  if (!isEmbedded) followKeyboard();
  start();
  document.body.replaceChildren();
  render(<App />, document.body);
}
