// The design language on one page: every token and component with its states, in light and dark, English and Chinese.
import { render } from 'preact';
import { Questions, Toasts } from '../shared/components/index.ts';
import { _, loadCatalogue } from '../shared/i18n.ts';
import { Components } from './components.tsx';
import { States } from './states.tsx';
import { ThemeSwitch, Tokens } from './tokens.tsx';
import './design.css';

function Page() {
  return (
    <main class="design">
      <header class="design-head">
        <div><h1>{_('Design language')}</h1><p>{_('Everything that Waystation shows is made of these.')}</p></div>
        <ThemeSwitch />
      </header>
      <Tokens />
      <Components />
      <States />
      <Questions />
      <Toasts />
    </main>
  );
}

await loadCatalogue();
document.body.replaceChildren();
render(<Page />, document.body);
