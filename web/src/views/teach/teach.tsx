// Teach: from a handful of photos to a classifier. Address: '#/teach' to begin, '#/teach/NAME' at work.
import { Begin } from './begin.js';
import { Classroom } from './classroom.js';
import './teach.css';

export default function Teach({ rest: [name] }: { rest: readonly string[] }) {
  return name === undefined ? <Begin /> : <Classroom key={name} name={name} />;
}
