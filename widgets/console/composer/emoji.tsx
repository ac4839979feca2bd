// A small grid of the emoji that service talks use; arrow keys walk it.
import { IconButton, Popover } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';

const SHELVES = [
  '😀 😄 😊 🙂 😉 😍 🤗 🤔 😅 😂 🥲 😮 😟 😔 😢 😭 😡 🙄 😴 🤒 😎 🥳 🤝 🙇',
  '👍 👎 👌 👏 🙌 🙏 💪 👋 ✌️ 🤞 👉 👈 ☝️ ✍️ 💁 🤷 🙋 🫶',
  '❤️ 💙 💚 💛 🎉 🎁 🌹 ⭐ ✨ 🔥 💯 ☕ 🌞 🌧️ 🚀 🏠',
  '✅ ❌ ⚠️ ❗ ❓ 💡 📌 📎 📷 📦 🚚 💳 🧾 🔑 🔒 🔧 💻 📱 🖨️ 📶 📧 📞 ⏰ 📅',
].map((shelf) => shelf.split(' '));
const COLUMNS = 8;

function walk(event: KeyboardEvent & { currentTarget: HTMLElement }) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll('button')];
  all[Math.min(all.length - 1, Math.max(0, all.indexOf(document.activeElement as HTMLButtonElement) + step))]?.focus();
}

export function EmojiPicker({ onPick }: { onPick(emoji: string): void }) {
  return (
    <Popover label={_('Emoji')} trigger={(props) => <IconButton icon="smile" label={_('Emoji')} {...props} />}>
      {(close) => (
        <div class="emoji" onKeyDown={walk}>
          {SHELVES.map((shelf, index) => (
            <div key={index} class="emoji-shelf">
              {shelf.map((emoji, at) => (
                <button key={emoji} type="button" autofocus={index === 0 && at === 0} onClick={() => { close(); onPick(emoji); }}>{emoji}</button>
              ))}
            </div>
          ))}
        </div>
      )}
    </Popover>
  );
}
