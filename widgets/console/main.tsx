// The console starts here: words first, then who we are, then the page that the address names.
import { render } from 'preact';
import { loadCatalogue } from '../shared/i18n.ts';
import { markTitle } from './alerts.ts';
import { App } from './app.tsx';
import { listenToKeys } from './keymap.ts';
import { followLinks } from './router.ts';
import { rememberedTheme } from './session.ts';
import './console.css';

rememberedTheme();
await loadCatalogue();
followLinks();
listenToKeys();
markTitle();
const place = document.getElementById('app') ?? document.body;
place.replaceChildren();
render(<App />, place);
