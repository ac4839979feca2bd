// The cards in the corner that ring: held out to me with a countdown, or an alarm; whatever page is open.
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Avatar, Button, Icon, IconButton, openDialogs } from '../../shared/components/index.ts';
import { _, ngettext } from '../../shared/i18n.ts';
import { ringAgain } from '../alerts.ts';
import { isMine } from '../inbox/conversations.ts';
import { chordOf, useKeys } from '../keymap.ts';
import { go } from '../router.ts';
import { nameOf } from '../words.ts';
import { accept, decline, takeOver } from './acts.ts';
import { calls, putAside, type Call } from './calls.ts';
import { useSecond } from './second.ts';

/** What is asked of me in person, then the loudest alarms; never so many that one cannot work below them. */
function few(all: readonly Call[]): Call[] {
  const offers = all.filter(({ kind }) => kind === 'offer').slice(0, 3);
  return [...offers, ...all.filter(({ kind }) => kind === 'alarm').slice(0, innerWidth < 760 || offers.length ? 1 : 2)];
}

/** A popover, and inside the topmost dialog if one is open: that can neither hide nor lock who is waiting. */
export function Calls() {
  const home = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(innerWidth);
  useEffect(() => {
    const turned = () => { width.value = innerWidth; };
    addEventListener('resize', turned);
    return () => removeEventListener('resize', turned);
  }, []);
  useSignalEffect(() => {
    const some = calls.value.length > 0;
    const within = openDialogs.value.at(-1) ?? home.current;
    const element = place.current;
    if (!element || !within) return;
    if (element.matches(':popover-open')) element.hidePopover();
    if (element.parentElement !== within) within.append(element);
    // A small screen has no room beside a dialog: there the card stands in it, above what it asks.
    const isInFlow = within !== home.current && width.value < 960;
    element.toggleAttribute('data-in-flow', isInFlow && some);
    if (some && !isInFlow) element.showPopover();
  });
  const first = calls.value.find((call) => call.kind === 'offer');
  useEffect(() => {
    if (!first) return undefined;
    ringAgain();
    const again = setInterval(ringAgain, 4000);
    return () => clearInterval(again);
  }, [!!first]);
  useKeys({ ...(first?.kind === 'offer' && { accept: () => void accept(first.conversation, first.offer), decline: () => void turnDown(first) }) });
  const shown = few(calls.value);
  const more = calls.value.length - shown.length;
  return (
    <div ref={home}>
      <div class="calls" popover="manual" ref={place} role="region" aria-label={_('Calls for you')} aria-live="assertive">
        {shown.map((call) => (call.kind === 'offer' ? <OfferCard key={call.key} call={call} isFirst={call === first} /> : <AlarmCard key={call.key} call={call} />))}
        {more > 0 && <p class="calls-more">{ngettext('and {n} more', 'and {n} more', more)}</p>}
      </div>
    </div>
  );
}

type OfferCall = Extract<Call, { kind: 'offer' }>;
type AlarmCall = Extract<Call, { kind: 'alarm' }>;

/** What is held out to a whole group is left to the others; what is held out to me is answered. */
async function turnDown({ key, conversation, offer }: OfferCall): Promise<void> {
  if (offer.group && !offer.agent) return putAside(key);
  if (await decline(conversation, offer)) putAside(key);
}

function kindWords({ kind, by, group }: OfferCall['offer']): string {
  const name = by?.name ?? _('A colleague');
  if (kind === 'response') return _('A customer is waiting for you');
  if (kind === 'invitation') return _('{name} asks you to join in', { name });
  return group ? _('{name} hands on to {group}', { name, group: group.name }) : _('{name} hands this on to you', { name });
}

function OfferCard({ call, isFirst }: { call: OfferCall; isFirst: boolean }) {
  const { conversation, offer } = call;
  const busy = useSignal(false);
  const { customer } = conversation;
  const words = conversation.last_message?.text || conversation.subject || conversation.catalog_path.join(' › ');
  const run = async (what: () => Promise<unknown>) => {
    busy.value = true;
    await what();
    busy.value = false;
  };
  return (
    <article class="call" data-kind={offer.kind} aria-label={`${kindWords(offer)}: ${nameOf(customer)}`}>
      <header class="call-head">
        <span class="call-kind">{kindWords(offer)}</span>
        <Countdown from={offer.made_at} until={offer.until} />
      </header>
      <div class="call-who">
        <Avatar id={customer.id} name={nameOf(customer)} src={customer.avatar} size={40} />
        <div>
          <strong class="clip">{nameOf(customer)}</strong>
          <p class="call-words">{words}</p>
          {conversation.desk && <p class="quiet small clip">{[conversation.desk.name, conversation.catalog_path.join(' › ')].filter(Boolean).join(' · ')}</p>}
        </div>
      </div>
      {offer.note && <p class="call-note"><Icon name="lock" size={12} /><span>{offer.note}</span></p>}
      <div class="call-acts">
        <Button disabled={busy.value} keys={isFirst ? chordOf('decline') : undefined} onClick={() => void run(() => turnDown(call))}>{offer.group && !offer.agent ? _('Not me') : _('Decline')}</Button>
        <Button kind="primary" busy={busy.value} keys={isFirst ? chordOf('accept') : undefined} onClick={() => void run(() => accept(conversation, offer))}>{offer.kind === 'invitation' ? _('Join in') : _('Accept')}</Button>
      </div>
    </article>
  );
}

/** How much of the time is left, as a ring that empties around the seconds. */
export function Countdown({ from, until }: { from: string; until: string }) {
  const now = useSecond();
  const [start, end] = [Date.parse(from), Date.parse(until)];
  const left = Math.max(0, end - now);
  const share = Math.min(100, (left / Math.max(1000, end - start)) * 100);
  const seconds = Math.ceil(left / 1000);
  return (
    <span class="countdown" role="timer" aria-live="off" aria-label={ngettext('{n} second left', '{n} seconds left', seconds)} data-late={seconds <= 10 || undefined}>
      <svg viewBox="0 0 36 36" width="36" height="36" aria-hidden="true">
        <circle class="countdown-track" cx="18" cy="18" r="15.5" pathLength="100" />
        <circle class="countdown-left" cx="18" cy="18" r="15.5" pathLength="100" stroke-dasharray={`${share} 100`} transform="rotate(-90 18 18)" />
      </svg>
      <b aria-hidden="true">{seconds}</b>
    </span>
  );
}

const minutesSince = (since: string, now: number) => Math.max(1, Math.floor((now - Date.parse(since)) / 60_000));

function AlarmCard({ call }: { call: AlarmCall }) {
  const { conversation, alarm, key } = call;
  const busy = useSignal(false);
  const now = useSecond();
  const { customer, host } = conversation;
  const mine = isMine(conversation);
  const silent = now - Date.parse(alarm.since) < 60_000 ? _('less than a minute') : ngettext('{n} minute', '{n} minutes', minutesSince(alarm.since, now));
  const title = mine ? _('Your customer has no answer') : alarm.level >= 2 ? _('Still no answer: alarm {level}', { level: alarm.level }) : _('A customer has no answer');
  const take = async () => {
    busy.value = true;
    await takeOver(conversation);
    busy.value = false;
  };
  const open = () => {
    putAside(key);
    go(`/inbox/${mine ? 'mine' : 'group'}/${conversation.id}`);
  };
  return (
    <article class="call" data-kind="alarm" data-level={Math.min(2, alarm.level)} aria-label={`${title}: ${nameOf(customer)}`}>
      <header class="call-head">
        <span class="call-kind"><Icon name="bell" size={14} />{title}</span>
        <IconButton icon="close" size="small" label={_('Put aside')} onClick={() => putAside(key)} />
      </header>
      <div class="call-who">
        <Avatar id={customer.id} name={nameOf(customer)} src={customer.avatar} size={40} />
        <div>
          <strong class="clip">{nameOf(customer)}</strong>
          <p class="call-words">{conversation.last_message?.text}</p>
          <p class="quiet small">{mine ? _('Waiting for your answer for {time}', { time: silent }) : _('{host} has been silent for {time}', { host: host?.name ?? '', time: silent })}</p>
        </div>
      </div>
      <div class="call-acts">
        <Button kind={mine ? 'primary' : 'plain'} onClick={open}>{_('Open it')}</Button>
        {!mine && <Button kind="primary" busy={busy.value} onClick={() => void take()}>{_('Take over')}</Button>}
      </div>
    </article>
  );
}

