// Whether a sender is who the mail says: proven, denied, or nobody has looked.
import { Badge } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import type { Mail, Verdict } from './mail.ts';

export const verdictName = (verdict: Verdict): string => ({
  pass: _('passed'), fail: _('failed'), softfail: _('failed softly'), neutral: _('no statement'), policy: _('refused by policy'),
  temperror: _('could not be checked'), permerror: _('set up wrongly'), none: _('not checked'),
})[verdict] ?? verdict;

/** What a mail's receiving server found out about its sender, in one word. */
export function Proof({ mail }: { mail: Mail }) {
  const { spf, dkim, dmarc } = mail.authentication;
  if (mail.is_proven) return <Badge meaning="good" icon="shield" title={_('The sender’s domain vouches for this mail (DMARC).')}>{_('Proven')}</Badge>;
  if (dmarc === 'fail' || (dmarc === 'none' && dkim !== 'pass' && (spf === 'fail' || spf === 'softfail'))) return <Badge meaning="bad" icon="warning" title={_('The check of the sender failed: somebody else may have sent this.')}>{_('Sender not genuine?')}</Badge>;
  return <Badge title={_('Nobody vouches for the sender: do not trust the address alone.')}>{_('Not verified')}</Badge>;
}
