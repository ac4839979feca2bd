// The red bell with the minutes: the host leaves this customer without an answer.
import { Icon, now, waitedWords } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { exact } from '../../shared/time.ts';
import type { Alarm } from '../../shared/types.ts';

export function AlarmMark({ alarm }: { alarm: Alarm }) {
  const words = waitedWords(Math.max(0, (now.value - Date.parse(alarm.since)) / 1000));
  return (
    <span class="alarm-mark" title={_('Alarm {level}: no answer since {time}', { level: alarm.level, time: exact(alarm.since) })}>
      <Icon name="bell" size={12} /><span class="unseen">{_('Alarm')} </span>{words}
    </span>
  );
}
