/* A small picker of the emoji that people use in service chats; fetched when first opened, drawn by the visitor's own fonts. */
import { useEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';

export interface EmojiProps { choose: (emoji: string) => void; close: () => void }

const rows = [
  '😀 😄 😁 😅 😂 🤣 😊 🙂 😉 😍 😘 😋 😎 🤩 🥳 🤔 🤨 😐 😑 🙄 😏 😣 😥 😮 😪 😴 😌 😜 😕 🙃 😲 ☹️ 😟 😢 😭 😤 😡 🤯 😱 🥺 😳 🤒 🤕 🤧 🥱 🤝 🫶 🤗',
  '👍 👎 👌 ✌️ 🤞 👏 🙌 🙏 💪 👋 👀 🤷 🙋 🤦 💁 👉 👈 👆 👇 ✍️ 🫡 💯 ❤️ 💔 💙 💚 💛 💜 ✨ 🔥 🎉 🎁',
  '✅ ❌ ❓ ❗ ⚠️ ⏰ ⏳ 📦 🚚 🧾 💳 💰 🛒 🏷️ 📷 📎 📄 📅 📞 📱 💻 🖨️ 🔑 🔒 🔧 🛠️ 🔋 📶 ☕ 🍵 🌿 🌸 ☀️ 🌧️ 🌙 ⭐ 🚗 ✈️ 🏠 🏢',
].map((row) => row.split(' '));

export function EmojiPicker({ choose, close }: EmojiProps) {
  const grid = useRef<HTMLDivElement>(null);
  useEffect(() => {
    grid.current?.querySelector<HTMLElement>('button')?.focus();
    const outside = (event: Event) => { if (!grid.current?.contains(event.target as Node) && !(event.target as Element).closest?.('[aria-expanded]')) close(); };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') { event.preventDefault(); return close(); }
    const buttons = [...grid.current!.querySelectorAll<HTMLElement>('button')];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    if (!step) return;
    event.preventDefault();
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
  };
  return (
    <div class="emoji" ref={grid} role="dialog" aria-label={_('Emoji')} onKeyDown={onKeyDown}>
      {rows.map((row, index) => (
        <div key={index} class="emoji-row">
          {row.map((emoji, place) => <button key={emoji} type="button" tabIndex={index + place ? -1 : 0} onClick={() => choose(emoji)}>{emoji}</button>)}
        </div>
      ))}
    </div>
  );
}
