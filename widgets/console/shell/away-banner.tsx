// Why nothing comes to me, where the server or I said that I am away, and the one press that ends it.
import { Button, Icon } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Absence } from '../../shared/types.ts';
import { chooseAway, me } from '../session.ts';

function reason(absence: Absence): string {
  return {
    chosen: _('You are away: no new conversations come to you.'),
    silent: _('You did not answer in time, so you count as away: no new conversations come to you.'),
    idle: _('You were away from the keyboard: no new conversations came to you.'),
  }[absence];
}

export function AwayBanner() {
  const absence = me.value?.absence;
  return (
    <div role="status">
      {absence && (
        <p class="banner" data-away="">
          <Icon name="moon" />
          <span>{reason(absence)}</span>
          <Button size="small" onClick={() => void chooseAway(false)}>{_('I am back')}</Button>
        </p>
      )}
    </div>
  );
}
