// The frame of every settings page: its places on the left, a title that explains, and the content in one column.
import type { ComponentChildren } from 'preact';
import { Icon, Select, type IconName } from '../../shared/components/index.ts';
import { _ } from '../../shared/i18n.ts';
import { titleOf } from '../alerts.ts';
import { Link } from '../link.tsx';
import { go } from '../router.ts';

export interface Place { to: string; label: string; icon: IconName }

export function Frame({ name, places, here, children }: { name: string; places: readonly Place[]; here: string; children: ComponentChildren }) {
  return (
    <div class="settings">
      <nav class="views not-phone" aria-label={name}>
        <h2>{name}</h2>
        <ul>
          {places.map(({ to, label, icon }) => (
            <li key={to}><Link to={to} class="view" aria-current={to === here ? 'page' : undefined}><Icon name={icon} /><span class="clip">{label}</span></Link></li>
          ))}
        </ul>
      </nav>
      <div class="settings-scroll">
        <div class="phone-view settings-places"><Select hideLabel label={name} value={here} options={places.map(({ to, label }) => ({ value: to, label }))} onPick={go} /></div>
        {children}
      </div>
    </div>
  );
}

export function PageHead({ title, lead, acts }: { title: string; lead?: ComponentChildren; acts?: ComponentChildren }) {
  titleOf(title);
  return (
    <header class="page-head">
      <div>
        <h1>{title}</h1>
        {lead && <p class="quiet">{lead}</p>}
      </div>
      {acts && <div class="page-acts">{acts}</div>}
    </header>
  );
}

export function Part({ title, lead, children }: { title: string; lead?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="part">
      <div class="part-head"><h2>{title}</h2>{lead && <p class="quiet">{lead}</p>}</div>
      <div class="part-body">{children}</div>
    </section>
  );
}
