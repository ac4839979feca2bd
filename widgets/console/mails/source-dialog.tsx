// The mail itself: what its headers say, what was found out about its sender, and the original as it came.
import { useSignal } from '@preact/signals';
import { Dialog, ErrorState, Icon, Skeleton, TabPanel, Tabs } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { useResource } from '../loading.tsx';
import { originalOf, SHOWN } from './original.ts';
import type { Mail } from './mail.ts';
import { verdictName } from './proof.tsx';

type Place = 'headers' | 'source';

export function SourceDialog({ mail, onClose }: { mail: Mail; onClose(): void }) {
  const place = useSignal<Place>('headers');
  const { spf, dkim, dmarc } = mail.authentication;
  return (
    <Dialog title={mail.subject || _('Mail without a subject')} size="wide" onClose={onClose}
      footer={mail.source && <a class="button" data-kind="plain" href={mail.source} download=""><Icon name="download" />{_('Download the original')}</a>}>
      <div class="mail-source">
        {mail.source && <Tabs<Place> label={_('What to show')} panelId="mail-source" active={place.value} onPick={(id) => { place.value = id; }} tabs={[{ id: 'headers', label: _('Headers') }, { id: 'source', label: _('Source') }]} />}
        <TabPanel id="mail-source" label={place.value === 'headers' ? _('Headers') : _('Source')}>
          {place.value === 'source' && mail.source ? <Original address={mail.source} /> : (
            <>
              <p class="mail-verdicts">{([['SPF', spf], ['DKIM', dkim], ['DMARC', dmarc]] as const).map(([name, verdict]) => <span key={name}><b>{name}</b> {verdictName(verdict)}</span>)}</p>
              <dl class="mail-headers">{mail.headers.map(([name, value], index) => <div key={index}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
            </>
          )}
        </TabPanel>
      </div>
    </Dialog>
  );
}

/** The beginning of the original, as text. */
export function Original({ address }: { address: string }) {
  const found = useResource(() => originalOf(address), [address]);
  const { value: text } = found.value;
  if (found.problem.value) return <ErrorState words={found.problem.value} onRetry={() => void found.load()} />;
  if (text === undefined) return <Skeleton rows={8} height={20} />;
  return (
    <>
      {text.length >= SHOWN && <p class="quiet small">{_('This is its beginning. Download it to see all.')}</p>}
      <pre class="mail-original" tabIndex={0}>{text}</pre>
    </>
  );
}
