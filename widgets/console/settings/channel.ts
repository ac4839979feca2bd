// A channel's settings as the console edits them.
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
