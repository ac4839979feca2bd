// The components, by name; pages import from here and bundlers take only what is used.
export { Avatar, hueOf, initials } from './avatar.tsx';
export { Badge, ConversationBadge, conversationStateName, PriorityMark, StateBadge, ticketStateName, type Meaning } from './badge.tsx';
export { Button, IconButton, type ButtonProps, type IconButtonProps } from './button.tsx';
export { ask, Dialog, openDialogs, Questions, type DialogProps } from './dialog.tsx';
export { Field, Select, TextArea, TextField, type Option } from './field.tsx';
export { Icon, type IconName } from './icon.tsx';
export { Keys, spell } from './keys.tsx';
export { Panes, type Pane } from './panes.tsx';
export { Picker, TagsField, type Choice } from './picker.tsx';
export { Menu, Popover, type MenuItem, type Trigger } from './popover.tsx';
export { now, RelativeTime, Waited, waitedWords } from './relative-time.tsx';
export { EmptyState, ErrorState, Skeleton } from './states.tsx';
export { Table, type Column } from './table.tsx';
export { TabPanel, Tabs, type Tab } from './tabs.tsx';
export { Timeline, type Happening } from './timeline.tsx';
export { dismiss, toast, Toasts, toastUndo } from './toast.tsx';
export { Checkbox, Switch } from './toggle.tsx';
export { VirtualList } from './virtual-list.tsx';
