/* What chat/lazy.tsx fetches in one piece. */
export { EmojiPicker } from './emoji.tsx';
export { Ending } from './ending.tsx';
export { FormOffer, TicketForm } from './form.tsx';
export { showPicture } from './lightbox.tsx';
export { MoreMenu } from './more-menu.tsx';
export { Queue } from './queue.tsx';
export { Tickets } from './tickets.tsx';
export { attach, Uploads } from './uploads.tsx';
