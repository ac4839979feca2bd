/* Keeps drafts and unsent messages over a reload of the tab, where the browser lets a frame of another site keep anything. */

const kept = new Map<string, unknown>();

// In a cross-site frame Chromium may throw SecurityError at the mere mention of sessionStorage.
export function recall<T>(key: string, otherwise: T): T {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? otherwise;
  } catch {
    return (kept.get(key) as T | undefined) ?? otherwise;
  }
}

export function remember(key: string, value: unknown): void {
  kept.set(key, value);
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Memory has it; that is all this browser allows.
  }
}
