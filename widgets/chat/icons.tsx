/* The few drawings of the chat, on a grid of 24; most from lucide-static 1.62.0 (ISC licence, https://lucide.dev). */

const drawings = {
  close: 'M18 6 6 18M6 6l12 12',
  down: 'm6 9 6 6 6-6',
  right: 'm9 18 6-6-6-6',
  left: 'm15 18-6-6 6-6',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  send: 'M12 19V5M5.5 11.5 12 5l6.5 6.5',
  attach: 'm16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551',
  smile: 'M9 10h.01M15 10h.01M16 14.5a5.5 5.5 0 0 1-8 0M2.5 12a9.5 9.5 0 1 0 19 0a9.5 9.5 0 1 0-19 0',
  check: 'M20 6 9 17l-5-5',
  checks: 'M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16',
  alert: 'M12 8v5M12 16.5h.01M2.5 12a9.5 9.5 0 1 0 19 0a9.5 9.5 0 1 0-19 0',
  clock: 'M12 7v5l3 2M2.5 12a9.5 9.5 0 1 0 19 0a9.5 9.5 0 1 0-19 0',
  star: 'm12 3 2.8 5.7 6.2.9-4.5 4.4 1.1 6.2L12 17.3l-5.6 2.9 1.1-6.2L3 9.6l6.2-.9z',
  ticket: 'M2 9a3 3 0 0 1 0 6v2a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2v-2a3 3 0 0 1 0-6V7a2 2 0 0 0-2-2H4a2 2 0 0 0-2 2ZM13 5v2M13 17v2M13 11v2',
};

export function Icon({ name, size = 20 }: { name: keyof typeof drawings; size?: number }) {
  return <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true"><path d={drawings[name]} /></svg>;
}
