// The frame around every page: the rail, the banner when the line is broken, the palette and the sheet of shortcuts.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Icon } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { HandOn } from '../handover/chat-menu.tsx';
import { useKeys } from '../keymap.ts';
import { online } from '../live.ts';
import { go } from '../router.ts';
import { can } from '../session.ts';
import { AwayBanner } from './away-banner.tsx';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { Sheet } from './sheet.tsx';

export function Shell({ children }: { children: ComponentChildren }) {
  const over = useSignal<'palette' | 'sheet' | null>(null);
  const toggle = (which: 'palette' | 'sheet') => { over.value = over.value === which ? null : which; };
  useKeys({
    palette: () => toggle('palette'),
    sheet: () => toggle('sheet'),
    inbox: () => go('/inbox'),
    tickets: () => go('/tickets'),
    customers: () => go('/customers'),
    settings: () => go('/settings'),
    ...(can('conversation.monitor') && { board: () => go('/board') }),
    search: () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  });
  return (
    <div class="shell">
      <a class="skip" href="#page">{_('Skip to the page')}</a>
      <Rail onPalette={() => toggle('palette')} onSheet={() => toggle('sheet')} />
      <div class="shell-main">
        <div role="status">
          {!online.value && <p class="banner"><Icon name="offline" />{_('No connection. What you write is kept and sent when the line is back.')}</p>}
        </div>
        <AwayBanner />
        <main id="page" class="page" tabIndex={-1}>{children}</main>
      </div>
      <HandOn />
      {over.value === 'palette' && <Palette onClose={() => { over.value = null; }} />}
      {over.value === 'sheet' && <Sheet onClose={() => { over.value = null; }} />}
    </div>
  );
}
