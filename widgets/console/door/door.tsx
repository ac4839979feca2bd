// The door: sign in, sign up, activate, forgotten password, invitation; one card, one thing to do on it.
import type { ComponentChildren } from 'preact';
import { Icon, Select } from '../../shared/components/index.ts';
import { _, language } from '../../shared/i18n.ts';
import { titleOf } from '../alerts.ts';
import { Link } from '../link.tsx';
import { path } from '../router.ts';
import { chooseLanguage, LANGUAGES } from '../session.ts';
import { AcceptInvitation } from './invitation.tsx';
import { ForgotPassword, ResetPassword } from './password.tsx';
import { SignIn } from './sign-in.tsx';
import { Activate, SignUp } from './sign-up.tsx';

export function Door() {
  switch (path.value) {
    case '/sign-up': return <SignUp />;
    case '/activate': return <Activate />;
    case '/forgot': return <ForgotPassword />;
    case '/reset': return <ResetPassword />;
    case '/invitation': return <AcceptInvitation />;
    default: return <SignIn />;
  }
}

export interface CardProps {
  title: string;
  lead?: ComponentChildren;
  foot?: ComponentChildren;
  onSubmit?(): void;
  children: ComponentChildren;
}

export function Card({ title, lead, foot, onSubmit, children }: CardProps) {
  titleOf(title);
  const inside = (
    <>
      <h1>{title}</h1>
      {lead && <p class="door-lead">{lead}</p>}
      {children}
    </>
  );
  return (
    <div class="door">
      <header class="door-head">
        <Link to="/sign-in" class="door-mark"><Icon name="home" size={20} /><span>{_('Waystation')}</span></Link>
        <Select small hideLabel label={_('Language')} value={LANGUAGES.find(([code]) => code.slice(0, 2) === language.slice(0, 2))?.[0] ?? 'en'}
          options={LANGUAGES.map(([value, label]) => ({ value, label }))} onPick={(wanted) => void chooseLanguage(wanted)} />
      </header>
      <main class="door-main">
        {onSubmit ? <form class="door-card" noValidate onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>{inside}</form> : <div class="door-card">{inside}</div>}
        {foot && <p class="door-foot">{foot}</p>}
      </main>
    </div>
  );
}

/** What is wrong with the whole form, above its button. */
export function Wrong({ children }: { children: ComponentChildren }) {
  return <p class="door-wrong" role="alert"><Icon name="alert" />{children}</p>;
}
