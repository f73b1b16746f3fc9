// What the server is doing now, asked again every few seconds as long as the view is open.
import { useEffect } from 'preact/hooks';
import { dataOf, type components } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { formatSeconds } from '../../format.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

type Status = components['schemas']['Status'];
type Recent = Status['recent'];

const texts = strings.health.status;
const refreshMs = 3_000;

export function ServerStatus() {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/status', { signal })),
    [],
  );
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, refreshMs);
    return () => clearInterval(timer);
  }, [reload]);
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <Loading />;
  return (
    <>
      {data.notReady !== null && <p class="note note-bad">{texts.notReady(data.notReady)}</p>}
      {data.database.outage !== null && <p class="note note-bad">{data.database.outage}</p>}
      <dl class="facts">
        {factsOf(data).map(({ name, value, more }) => (
          <div class="card" key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{value}</strong>
              <span class="muted">{more}</span>
            </dd>
          </div>
        ))}
      </dl>
      <div class="columns">
        <Stages recent={data.recent} />
        <Models models={data.models} />
      </div>
    </>
  );
}

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly more: string;
}

function factsOf({ recent, queue, memory, engine, trainings, uptimeSeconds, version, disks }: Status): Fact[] {
  const data = disks['data'];
  return [
    {
      name: texts.throughput,
      value: texts.perSecond(recent.imagesPerSecond),
      more: texts.inLast(recent.images, recent.seconds),
    },
    { name: texts.waiting, value: String(queue.images), more: texts.refused(queue.refused) },
    { name: texts.engine, value: engine.engine, more: engine.deviceName },
    {
      name: texts.memory,
      value: megabytes(memory.processBytes),
      more: texts.ofMachine(gigabytes(memory.machineBytes)),
    },
    ...(data
      ? [{ name: texts.disk, value: gigabytes(data.availableBytes), more: texts.diskOf(gigabytes(data.bytes)) }]
      : []),
    {
      name: texts.trainings,
      value: String(trainings?.running ?? 0),
      more: texts.queued(trainings?.queued ?? 0),
    },
    { name: texts.uptime, value: formatSeconds(uptimeSeconds), more: `Taxon ${version}` },
  ];
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 35 ? 1 : 0)} GB`;

function Stages({ recent: { milliseconds } }: { recent: Recent }) {
  return (
    <section class="card">
      <h2>{texts.stages}</h2>
      {milliseconds === null ? (
        <p class="muted">{texts.quiet}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>{texts.stage}</th>
              <th class="number">{texts.half}</th>
              <th class="number">95 %</th>
              <th class="number">99 %</th>
            </tr>
          </thead>
          <tbody>
            {(['queue', 'decode', 'inference', 'total'] as const).map((stage) => (
              <tr key={stage}>
                <td>{texts.stageNames[stage]}</td>
                {(['p50', 'p95', 'p99'] as const).map((share) => (
                  <td class="number" key={share}>
                    {milliseconds[stage][share].toFixed(1)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const Models = ({ models }: { models: Status['models'] }) => (
  <section class="card">
    <h2>{texts.models}</h2>
    <table>
      <thead>
        <tr>
          <th>{texts.model}</th>
          <th class="number">{texts.version}</th>
          <th>{texts.precision}</th>
        </tr>
      </thead>
      <tbody>
        {models.map(({ name, activeVersion, precision }) => (
          <tr key={name}>
            <td>{name}</td>
            <td class="number">{activeVersion}</td>
            <td title={precision.reason}>{precision.name}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
