// Settings: channels, catalog, company, audit log and dead jobs, as far as the agent's permissions reach.
import { EmptyState } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { can } from '../session.ts';
import { AuditPage } from './audit-page.tsx';
import { CatalogPage } from './catalog-page.tsx';
import { ChannelPage } from './channel-page.tsx';
import { ChannelsPage } from './channels-page.tsx';
import { CompanyPage } from './company-page.tsx';
import { Frame, type Place } from './frame.tsx';
import { JobsPage } from './jobs-page.tsx';
import { MailTextPage } from './mail-text-page.tsx';
import { MailTextsPage } from './mail-texts-page.tsx';

const places = (): Place[] => ([
  ['channel.manage', { to: '/settings/channels', label: _('Channels'), icon: 'globe' }],
  ['channel.manage', { to: '/settings/mails', label: _('Mail texts'), icon: 'mail' }],
  ['catalog.manage', { to: '/settings/catalog', label: _('Service catalog'), icon: 'catalog' }],
  ['settings.manage', { to: '/settings/company', label: _('Company'), icon: 'building' }],
  ['audit.read', { to: '/settings/audit', label: _('Audit log'), icon: 'audit' }],
  ['job.manage', { to: '/settings/jobs', label: _('Dead jobs'), icon: 'jobs' }],
] as const).filter(([permission]) => can(permission)).map(([, place]) => place);

export function SettingsPage({ page, id }: { page?: string; id?: string }) {
  const all = places();
  const here = page ? `/settings/${page}` : (all[0]?.to ?? '');
  const mayHere = all.some(({ to }) => to === here);
  const open = () => {
    switch (here) {
      case '/settings/channels': return id ? <ChannelPage key={id} id={id} /> : <ChannelsPage />;
      case '/settings/mails': return id ? <MailTextPage key={id} id={id} /> : <MailTextsPage />;
      case '/settings/catalog': return <CatalogPage />;
      case '/settings/company': return <CompanyPage />;
      case '/settings/audit': return <AuditPage />;
      case '/settings/jobs': return <JobsPage />;
      default: return null;
    }
  };
  return (
    <Frame name={_('Settings')} places={all} here={here}>
      {mayHere ? open() : <EmptyState icon="lock" title={_('Not for your role')}>{_('Ask an administrator if you need this page.')}</EmptyState>}
    </Frame>
  );
}
