/* Two soft notes for a message that nobody sees; made on the spot, as a sound file would weigh more than the chat. */

let context: AudioContext | null = null;

export function chime(): void {
  try {
    context ??= new AudioContext();
    [[660, 0], [880, 0.11]].forEach(([frequency, delay]) => note(context!, frequency!, context!.currentTime + delay!));
  } catch {
    // Without a click of the visitor's browsers keep us silent, and rightly.
  }
}

function note(audio: AudioContext, frequency: number, at: number): void {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.4);
}
