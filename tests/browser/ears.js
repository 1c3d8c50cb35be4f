// Runs in the page before its own scripts. Listens to what the page plays and to what its microphone gives, and reads
// along on the data channel. It only looks: nothing of the page is replaced, nothing it sends or plays is changed.

(() => {
  const TICK_MS = 10;
  const WINDOW = 512;
  const ears = { agent: [], microphone: [], messages: [], loudSince };
  window.ears = ears;

  /** Decibels relative to full scale; -120 is silence. */
  function level(samples) {
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    return Math.max(-120, 10 * Math.log10(power));
  }

  class Ear {
    constructor(context, stream, into, isOff) {
      this.samples = new Float32Array(WINDOW);
      this.stream = stream;
      this.into = into;
      this.isOff = isOff;
      this.source = context.createMediaStreamSource(stream);
      this.near = new AnalyserNode(context, { fftSize: WINDOW });
      this.far = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
      this.spectrum = new Float32Array(this.far.frequencyBinCount);
      this.binHz = context.sampleRate / this.far.fftSize;
      this.source.connect(this.near);
      this.source.connect(this.far);
    }

    listen() {
      this.near.getFloatTimeDomainData(this.samples);
      const loudness = this.isOff() ? -120 : level(this.samples);
      this.into.push([performance.now(), loudness, loudness > -60 ? this.pitch() : 0]);
    }

    pitch() {
      this.far.getFloatFrequencyData(this.spectrum);
      let loudest = 1;
      for (let bin = 2; bin < this.spectrum.length; bin += 1) {
        if (this.spectrum[bin] > this.spectrum[loudest]) loudest = bin;
      }
      return loudest * this.binHz;
    }
  }

  /** Was the side louder than `db` at any time after `at`? */
  function loudSince(side, at, db) {
    const sound = ears[side];
    for (let index = sound.length - 1; index >= 0 && sound[index][0] > at; index -= 1) {
      if (sound[index][1] > db) return true;
    }
    return false;
  }

  let context = null;
  let agent = null;
  let microphone = null;
  setInterval(() => {
    const audio = document.querySelector("audio[data-agent]");
    const stream = audio?.srcObject ?? null;
    if (stream !== null && stream !== agent?.stream) {
      context ??= new AudioContext();
      agent = new Ear(context, stream, ears.agent, () => audio.muted || audio.paused || audio.volume === 0);
    }
    if (stream !== null) agent.listen();
    microphone?.listen();
  }, TICK_MS);

  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (...given) {
    const stream = await getUserMedia.apply(this, given);
    context ??= new AudioContext();
    microphone = new Ear(context, stream, ears.microphone, () => false);
    return stream;
  };

  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = createDataChannel.apply(this, given);
    channel.addEventListener("message", ({ data }) => ears.messages.push({ now: performance.now(), ...JSON.parse(data) }));
    return channel;
  };
})();
