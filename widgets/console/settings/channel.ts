// A channel's settings as the console edits them, and the way they are saved.
import { _ } from '../../shared/i18n.ts';
import type { Form } from '../forms.ts';
import type { Resource } from '../loading.tsx';
import { api } from '../session.ts';

export interface Choice { id: string; label: string; catalog_node_id: string | null; items: Choice[] }

export interface WebChatSettings {
  title: string;
  welcome: string;
  accent: string;
  position: 'left' | 'right';
  hours_text: string;
  allowed_origins: string[];
  menu: { prompt: string; items: Choice[] };
}

export interface Channel {
  id: string;
  version: number;
  kind: string;
  name: string;
  key: string;
  active: boolean;
  desk_id: string | null;
  language: string;
  settings: Partial<WebChatSettings> & Record<string, unknown>;
  link?: string;
  snippet?: string;
}

export type ChannelDraft = Pick<Channel, 'name' | 'active' | 'desk_id' | 'language'> & { settings: Record<string, unknown> };

/** Saves what a form holds. What somebody else saved meanwhile is said, and nothing typed is lost; undefined when refused. */
export async function saveChannel<T extends object>(of: Resource<Channel>, form: Form<T>, draftOf: (values: T) => ChannelDraft): Promise<Channel | undefined> {
  const { id, version } = of.value.value!;
  const saved = await form.send((values) => api.patch<Channel>(`/channels/${id}`, { version, ...draftOf(values) }), ({ code, problem }) => {
    if (code !== 'conflict' || !problem.current) return false;
    of.value.value = problem.current as Channel;
    form.problem.value = _('Somebody changed this channel meanwhile. What you typed is still here; save again to write it over theirs.');
    return true;
  });
  if (saved) of.value.value = saved;
  return saved;
}
