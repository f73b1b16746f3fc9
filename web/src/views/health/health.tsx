// Health: what the server is doing, and who may ask it.
import './health.css';
import { strings } from '../../strings/index.js';
import { ClassifierDrift } from './drift.js';
import { Keys } from './keys.js';
import { ServerStatus } from './status.js';

const texts = strings.health;

export default function Health() {
  return (
    <div class="stack">
      <h1>{texts.title}</h1>
      <ServerStatus />
      <ClassifierDrift />
      <Keys />
    </div>
  );
}
