/* A picture at full size, over everything; Escape or a click closes it and the focus returns to where it was. */
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { _ } from '../shared/i18n.ts';
import { FileLink, useSource } from '../shared/parts.tsx';
import type { ImagePart } from '../shared/types.ts';
import { files } from './files.ts';
import { Icon } from './icons.tsx';

export function showPicture(part: ImagePart): void {
  const place = document.body.appendChild(document.createElement('div'));
  const close = () => {
    render(null, place);
    place.remove();
  };
  render(<Lightbox part={part} close={close} />, place);
}

function Lightbox({ part, close }: { part: ImagePart; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const source = useSource(part.file_id, files);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="lightbox" aria-label={part.name} onClose={close} onClick={() => dialog.current?.close()} onKeyDown={(event) => { if (event.key === 'Escape') event.stopPropagation(); }}>
      <img src={source || undefined} alt={part.name} width={part.width} height={part.height} />
      <div class="lightbox-bar" onClick={(event) => event.stopPropagation()}>
        <FileLink part={part} files={files} />
        <button type="button" class="icon-button" aria-label={_('Close')} onClick={() => dialog.current?.close()}><Icon name="close" /></button>
      </div>
    </dialog>
  );
}
