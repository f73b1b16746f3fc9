// Health: what the server is doing, and who may ask it.
import './health.css';
import { strings } from '../../strings/index.js';
import { Keys } from './keys.js';

const texts = strings.health;

export default function Health() {
  return (
    <>
      <h1>{texts.title}</h1>
      <Keys />
    </>
  );
}
