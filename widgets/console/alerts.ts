// What calls an agent back to the desk: a short sound, a mark in the tab's title, a notification of the system.
import { computed, effect, signal } from '@preact/signals';
import { _ } from '../shared/i18n.ts';
import { summary } from '../shared/parts.tsx';
import type { Entry } from '../shared/types.ts';
import { conversations, unreadInMine } from './inbox/conversations.ts';
import { go } from './router.ts';
import { report } from './session.ts';
import { nameOf } from './words.ts';

const stored = (key: string) => { try { return localStorage.getItem(key); } catch { return null; } };

export const soundOn = signal(stored('sound') !== 'off');
export const notificationsOn = signal(typeof Notification !== 'undefined' && Notification.permission === 'granted' && stored('notifications') !== 'off');

function keep(key: string, on: boolean): void {
  try { localStorage.setItem(key, on ? 'on' : 'off'); } catch { /* for this visit only */ }
}

export function chooseSound(on: boolean): void {
  soundOn.value = on;
  keep('sound', on);
  if (on) ring('message');
}

/** Browsers let a page ask only on a click. */
export async function chooseNotifications(on: boolean): Promise<void> {
  try {
    notificationsOn.value = on && (await Notification.requestPermission()) === 'granted';
    keep('notifications', notificationsOn.value);
  } catch (error) {
    report(error);
  }
}

let speaker: AudioContext | undefined;

/** Two soft tones up for somebody new, one for a message; made here, so there is no file to load. */
function ring(kind: 'assigned' | 'message' | 'offered' | 'alarm'): void {
  if (!soundOn.value || typeof AudioContext === 'undefined') return;
  speaker ??= new AudioContext();
  if (speaker.state === 'suspended') void speaker.resume().catch(() => {});
  const tones = { assigned: [660, 880], message: [740], offered: [784, 988, 784, 988], alarm: [880, 587, 880, 587] }[kind];
  tones.forEach((pitch, index) => {
    const start = speaker!.currentTime + index * 0.16;
    const tone = speaker!.createOscillator();
    const volume = speaker!.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.14, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.32);
    tone.connect(volume).connect(speaker!.destination);
    tone.start(start);
    tone.stop(start + 0.35);
  });
}

function notify(title: string, body: string, conversationId: string): void {
  if (!notificationsOn.value) return;
  const notification = new Notification(title, { body, tag: conversationId });
  notification.onclick = () => {
    window.focus();
    go(`/inbox/mine/${conversationId}`);
    notification.close();
  };
}

function customerOf(conversationId: string): string {
  const customer = conversations.value.get(conversationId)?.customer;
  return customer ? nameOf(customer) : '';
}

export function alertAssigned(conversationId: string): void {
  ring('assigned');
  if (document.hidden) notify(_('A customer was connected to you'), customerOf(conversationId), conversationId);
}

/** Rings as long as something is held out to me. */
export const ringAgain = () => ring('offered');

export function alertOffered(conversationId: string): void {
  if (document.hidden) notify(_('A conversation is held out to you'), customerOf(conversationId), conversationId);
}

export function alertAlarm(conversationId: string): void {
  ring('alarm');
  if (document.hidden) notify(_('A customer has no answer'), customerOf(conversationId), conversationId);
}

/** Only when nobody looks: a sound for what one sees already is noise. */
export function alertMessage(entry: Entry): void {
  if (!document.hidden) return;
  ring('message');
  notify(nameOf(entry.author), summary(entry.parts), entry.conversation_id);
}

const page = signal('');
export const titleOf = (words: string) => { page.value = words; };

/** The number of unread customers stands before the name of the page. */
export function markTitle(): void {
  const title = computed(() => `${unreadInMine.value ? `(${unreadInMine.value}) ` : ''}${page.value ? `${page.value} · ` : ''}${_('Waystation')}`);
  effect(() => { document.title = title.value; });
}
