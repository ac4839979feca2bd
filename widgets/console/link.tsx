// Link: a way to another page of the console; a real address, so that it opens in a new tab as well.
import type { ComponentChildren, HTMLAttributes } from 'preact';
import { address } from './router.ts';

export interface LinkProps extends Omit<HTMLAttributes<HTMLAnchorElement>, 'href' | 'role'> {
  to: string;
  children: ComponentChildren;
  'aria-current'?: 'page' | undefined;
}

export const Link = ({ to, children, ...rest }: LinkProps) => (
  <a {...rest} href={address(to)} data-inside="">{children}</a>
);
