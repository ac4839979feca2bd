// The agent's own menu: how many conversations at once, language, theme, sound, account, sign-out.
import { Avatar, Button, Icon, Popover, Select, Switch } from '../../shared/components/index.ts';
import { _, language } from '../../shared/i18n.ts';
import { chooseNotifications, chooseSound, notificationsOn, soundOn } from '../alerts.ts';
import { Link } from '../link.tsx';
import { chooseAway, chooseLanguage, chooseLimit, chooseTheme, LANGUAGES, me, signOut, theme, type Theme } from '../session.ts';

const statusName = (status: string) => ({ free: _('Free'), busy: _('Busy'), away: _('Away') })[status] ?? status;
const LIMITS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20];

export function MeMenu() {
  const mine = me.value;
  if (!mine) return null;
  const hosting = _('{n} of {limit} conversations', { n: mine.hosting, limit: mine.limit });
  return (
    <Popover label={_('You')} align="start"
      trigger={({ buttonRef, ...props }) => (
        <button {...props} ref={buttonRef} type="button" class="me-button" aria-label={`${mine.name}: ${statusName(mine.status)}, ${hosting}`} title={`${mine.name} · ${statusName(mine.status)}`}>
          <Avatar id={mine.id} name={mine.name} src={mine.avatar} size={32} status={mine.status} />
          <span class="me-load" aria-hidden="true">{mine.limit === 0 ? _('Busy') : `${mine.hosting}/${mine.limit}`}</span>
        </button>
      )}>
      {(close) => (
        <div class="me-menu">
          <div class="me-who">
            <Avatar id={mine.id} name={mine.name} src={mine.avatar} size={40} />
            <span>
              <strong>{mine.name}</strong>
              <small>{mine.email}</small>
              <small>{mine.tenant.name} · {mine.role.name}</small>
            </span>
          </div>
          <div class="me-section">
            <p class="me-status"><span class="status-dot" data-status={mine.status} />{statusName(mine.status)} · {hosting}</p>
            <div class="me-limit" role="group" aria-label={_('Conversations at once')}>
              {LIMITS.map((limit) => (
                <button key={limit} type="button" aria-pressed={limit === mine.limit} data-busy={limit === 0 || undefined} onClick={() => void chooseLimit(limit)}>{limit === 0 ? _('Busy') : limit}</button>
              ))}
            </div>
            <Button wide icon={mine.absence ? 'sun' : 'moon'} onClick={() => void chooseAway(!mine.absence)}>{mine.absence ? _('I am back') : _('Away')}</Button>
            <small class="me-help">{_('How many conversations may come to you at once. Busy: none. Away: none, and what is unanswered goes back to the queue after a while.')}</small>
          </div>
          <div class="me-section">
            <Select small label={_('Language')} value={LANGUAGES.find(([code]) => code.slice(0, 2) === language.slice(0, 2))?.[0] ?? 'en'}
              options={LANGUAGES.map(([value, label]) => ({ value, label }))} onPick={(wanted) => void chooseLanguage(wanted)} />
            <Select small label={_('Theme')} value={theme.value} options={[{ value: 'system', label: _('As the system') }, { value: 'light', label: _('Light') }, { value: 'dark', label: _('Dark') }]}
              onPick={(wanted) => void chooseTheme(wanted as Theme)} />
          </div>
          <div class="me-section">
            <Switch label={_('Sound')} checked={soundOn.value} onToggle={chooseSound} />
            <Switch label={_('Desktop notifications')} checked={notificationsOn.value} onToggle={(on) => void chooseNotifications(on)} />
          </div>
          <div class="me-section menu">
            <Link to="/account" class="menu-item" onClick={close}><Icon name="user" />{_('Account and sessions')}</Link>
            <button type="button" class="menu-item" onClick={() => { close(); void signOut(); }}><Icon name="sign_out" />{_('Sign out')}</button>
          </div>
        </div>
      )}
    </Popover>
  );
}
