// What our mails say: each kind of mail, its text in each language, and whether one of them failed.
import { Badge, Icon, RelativeTime } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { Link } from '../link.tsx';
import { Loaded, useResource, whole } from '../loading.tsx';
import { LANGUAGES } from '../session.ts';
import { PageHead, Part } from './frame.tsx';
import { PURPOSES, purposeName, purposeWords, type MailText } from './mail-text.ts';

export function MailTextsPage() {
  const texts = useResource(() => whole<MailText>('/mail-templates'));
  return (
    <>
      <PageHead title={_('Mail texts')} lead={_('What the mails say that leave by your mailboxes, in the language of whoever reads them. Change a text, try it with a real ticket, save it; the built-in one is always a press away.')} />
      <Loaded of={texts}>
        {(found) => <>{PURPOSES.map((purpose) => (
          <Part key={purpose} title={purposeName(purpose)} lead={purposeWords(purpose)}>
            <ul class="jobs">
              {found.filter((text) => text.purpose === purpose).map((text) => <Row key={text.language} text={text} />)}
            </ul>
          </Part>
        ))}</>}
      </Loaded>
    </>
  );
}

export const languageName = (language: string) => LANGUAGES.find(([value]) => value === language)?.[1] ?? language;

function Row({ text }: { text: MailText }) {
  return (
    <li class="job">
      <Icon name="mail" />
      <div>
        <Link to={`/settings/mails/${text.purpose}.${text.language}`} class="named">{languageName(text.language)}</Link>
        {text.is_changed && text.changed_at && <p class="quiet small">{_('Changed by {name}', { name: text.changed_by })} · <RelativeTime at={text.changed_at} /></p>}
      </div>
      {text.fault ? <Badge meaning="bad" icon="alert">{_('Failed')}</Badge> : text.is_changed ? <Badge meaning="accent">{_('Your own')}</Badge> : <Badge>{_('Built in')}</Badge>}
    </li>
  );
}
