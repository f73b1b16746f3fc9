"""Generated from openapi.yaml by generate.sh."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class AcceptedCapture(TypedDict):
    dataset: str
    label: str


class Activation(TypedDict):
    version: NotRequired[int]
    alias: NotRequired[str]
    """
    In place of `version`: the one that it names now
    """


class ActiveVersion(TypedDict):
    name: str
    activeVersion: int


class AliasTarget(TypedDict):
    version: int


class AllVersions(TypedDict):
    pass


Name: TypeAlias = str
"""
For people to tell keys apart
"""


class ApiKeyChanges(TypedDict):
    name: NotRequired[Name]
    """
    For people to tell keys apart
    """
    expiresAt: NotRequired[str | None]
    """
    When the key ends; null: not by itself
    """
    requestsPerMinute: NotRequired[int | None]
    """
    In each replica; null: as RATE_LIMIT says
    """
    requestsPerDay: NotRequired[int | None]
    """
    Of a day in UTC, in all replicas together, to within a minute of use; null: any number
    """
    capture: NotRequired[bool]
    """
    Whether images of its requests may be kept for review, by classifiers that keep any
    """


class Attribution(TypedDict):
    """
    What has to be said of an image wherever it is shown
    """

    title: str | None
    """
    Title of the work
    """
    author: str | None
    """
    Who made it
    """
    license: str | None
    """
    Name of the license, as CC BY-SA 4.0
    """
    licenseUrl: str | None
    """
    Where the license can be read
    """
    sourceUrl: str | None
    """
    Page that the image was found on
    """
    provider: str | None
    """
    Where it was searched for
    """


class Augmentation(TypedDict):
    flip: NotRequired[bool]
    """
    Mirror left and right, one view in two
    """
    crop: NotRequired[bool]
    """
    Keep 65 to 100 % of the area, at a random place
    """
    colour: NotRequired[bool]
    """
    Brightness and saturation ± 20 %, hue ± 9 degrees
    """
    rotation: NotRequired[bool]
    """
    Turn by up to 10 degrees either way
    """
    erasing: NotRequired[bool]
    """
    Grey out a rectangle of 2 to 15 % of the area (Zhong et al. 2017), one view in two
    """


class AutoRetrainSchedule(TypedDict):
    cron: str
    """
    Minute, hour, day of the month, month, day of the week
    """
    timeZone: NotRequired[str]
    """
    By its IANA name; where clocks are changed, the hour stays
    """


class AutoRetrainShadow(TypedDict):
    images: int
    """
    On which it is scored before it answers any
    """
    minAgreement: NotRequired[float]
    """
    Share of them of which it says what the active version says; with less the rollout fails
    """


class AutoRetrainStep(TypedDict):
    at: str
    kind: Literal['set', 'queued', 'skipped', 'refused', 'failed', 'activated', 'kept', 'shadow', 'canary', 'ended']
    """
    set: by request; queued: a training; skipped: nothing had changed; refused: the dataset cannot be trained on; failed: the training or the rollout; activated: its version answers; kept: the version before does; shadow, canary: its version is tried; ended: by request, before it was decided
    """
    reason: str
    training: str | None
    version: int | None


class BackboneRef(TypedDict):
    id: str
    architecture: str
    embeddingSize: int


Image: TypeAlias = str
"""
An image file in standard base64, or as a data URL: `data:image/jpeg;base64,…`
"""


class Base64Images(TypedDict):
    """
    One image or several. A JSON body is as long as one image of MAX_IMAGE_BYTES in base64, at most: larger batches go as multipart/form-data.
    """

    images: list[Image]


class Capture(TypedDict):
    id: int
    requestId: str
    position: int
    """
    Of the image in its request, from 0
    """
    keyId: str | None
    """
    Of the API key that was shown; null: none was
    """
    classifier: str
    version: int
    """
    That answered. 0: the classifier was only taught, never trained
    """
    label: str
    """
    What it took the image for
    """
    probability: float
    known: bool | None
    """
    Of the answer; null: the version cannot tell
    """
    sha256: str
    bytes: int
    state: Literal['new', 'accepted']
    """
    new: it waits for review; accepted: it is in a dataset
    """
    accepted: AcceptedCapture | None
    """
    Where it is now; null: it waits, or the dataset has lost it since
    """
    capturedAt: str


Label: TypeAlias = str
"""
What it shows; absent: what was answered
"""


class CaptureAcceptance(TypedDict):
    dataset: str
    """
    Name of a dataset
    """
    label: NotRequired[Label]
    """
    What it shows; absent: what was answered
    """


class CaptureList(TypedDict):
    captures: list[Capture]
    next: str | None
    """
    For `after`; null: this is the last page
    """


class CaptureRule(TypedDict):
    share: float
    """
    Of the images that are classified and may be kept, 0 to 1
    """
    maxBytes: NotRequired[int]
    """
    Of the files of images that wait for review; past it the oldest go
    """
    maxAgeDays: NotRequired[int]
    """
    Those that wait for longer go
    """
    uncertainBelow: NotRequired[float | None]
    """
    Only images whose most probable class is less probable than this, or that are unknown; null: any image
    """
    withoutKey: NotRequired[bool]
    """
    true: also images of requests that no key comes with, which nobody can have consented to
    """


class ChangedVersion(TypedDict):
    name: str
    version: int
    unknownAbove: float


class ClassCount(TypedDict):
    label: str
    train: int
    validation: int
    test: int
    total: int


class ClassTotals(TypedDict):
    label: str
    train: int
    validation: int
    test: int


class ClassifierCapture(TypedDict):
    share: float
    """
    Of the images that are classified and may be kept, 0 to 1
    """
    maxBytes: int
    """
    Of the files of images that wait for review; past it the oldest go
    """
    maxAgeDays: int
    """
    Those that wait for longer go
    """
    uncertainBelow: float | None
    """
    Only images whose most probable class is less probable than this, or that are unknown; null: any image
    """
    withoutKey: bool
    """
    true: also images of requests that no key comes with, which nobody can have consented to
    """
    model: str
    enabled: bool
    """
    false: nothing new is kept
    """
    images: int
    """
    That wait for review
    """
    bytes: int
    """
    Of their files; one that was captured several times counts each time
    """
    oldestAt: str | None
    """
    When the first of them was kept; null: none waits
    """
    accepted: int
    """
    Images that are in datasets
    """


class CreatedWebhook(TypedDict):
    id: str
    url: str
    events: list[Literal['training.succeeded', 'training.failed', 'training.cancelled', 'version.activated', 'version.rolled_back', 'rollout.started', 'rollout.changed', 'rollout.promoted', 'rollout.failed', 'rollout.ended', 'auto_retrain.decided', 'classifier.drifted', 'review_queue.above']]
    description: str
    reviewQueueAbove: int | None
    """
    Of `review_queue.above`; null without that event
    """
    createdAt: str
    secret: str
    """
    Signs what is sent, shown this once
    """


class DatabaseStatus(TypedDict):
    kind: Literal['embedded', 'server']
    outage: str | None
    """
    Why the process must be started again; null: it need not
    """


Negatives: TypeAlias = str
"""
Class of an image
"""


class DatasetChange(TypedDict):
    negatives: Negatives | None
    """
    Label of images that are of none of the classes: no class of what is trained, but it learns from them what is unknown. null: its images are of a class again
    """


DatasetDifference: TypeAlias = Literal['added', 'removed', 'relabelled', 'moved']


class DatasetDifferenceCounts(TypedDict):
    added: int
    """
    Only the second has them
    """
    removed: int
    """
    Only the first has them
    """
    relabelled: int
    moved: int
    """
    To another split; relabelled ones may be among them
    """
    same: int
    """
    Neither relabelled nor moved
    """


Label1: TypeAlias = str
"""
Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none
"""


Label2: TypeAlias = str
"""
Class of an image
"""


class DatasetImageUpload(TypedDict):
    attribution: NotRequired[list[str]]
    """
    Who made the images, as JSON of an `Attribution`: the first for the first image, and so on, each before its image; an empty one says nothing
    """
    image: list[bytes]


class DatasetRestoration(TypedDict):
    keepAs: NotRequired[str]
    """
    Name for the state of the dataset before; absent: it gets none
    """


DatasetTask: TypeAlias = Literal['single-label', 'multi-label']
"""
Whether each image has one label, or any number of them. It cannot be changed
"""


class DatasetVersion(TypedDict):
    name: str
    training: str | None
    """
    The training whose images it has; null: it was named as it was then
    """
    images: int
    """
    Labelled images; one under two labels counts twice
    """
    classes: int
    gone: int
    """
    Images of it that were deleted for good, which it no longer has
    """
    createdAt: str


class DatasetVersionList(TypedDict):
    versions: list[DatasetVersion]
    """
    The newest first
    """


class DefaultModel(TypedDict):
    model: str


class DiskStatus(TypedDict):
    bytes: int
    """
    Of its file system
    """
    availableBytes: int
    """
    Left
    """


class Done(TypedDict):
    """
    It is done.
    """


class DriftClass(TypedDict):
    label: str
    expected: float
    """
    Of the held-out images of the training, taken for this class
    """
    seen: float
    """
    Of the images of the last day; 0 where there are none
    """


class DriftLimits(TypedDict):
    embeddings: float
    classes: float


class DynamicBatching(TypedDict):
    pass


class Engine(TypedDict):
    engine: Literal['onnx', 'openvino', 'tfjs', 'remote']
    device: Literal['cpu', 'cuda', 'webgpu', 'coreml', 'dml', 'gpu', 'npu', 'remote']
    deviceName: str
    libraries: dict[str, str]
    threads: int
    precisions: list[Literal['fp32', 'bf16', 'int8']]
    """
    What it computes in hardware here, slowest first
    """
    deviceMemoryBytes: NotRequired[int]


ErrorCode: TypeAlias = Literal['invalid_request', 'empty_body', 'missing_image', 'malformed_multipart', 'unauthorized', 'image_url_refused', 'forbidden', 'not_found', 'unknown_model', 'unknown_version', 'unknown_dataset', 'unknown_dataset_version', 'unknown_image', 'unknown_training', 'unknown_key', 'unknown_webhook', 'method_not_allowed', 'request_timeout', 'conflict', 'fine_tuning_unavailable', 'request_in_progress', 'body_too_large', 'image_too_large', 'too_many_images', 'unsupported_image', 'unsupported_media_type', 'undecodable_image', 'image_url_failed', 'image_timeout', 'invalid_model', 'invalid_archive', 'invalid_dataset', 'training_failed', 'idempotency_key_reused', 'overloaded', 'rate_limited', 'quota_exceeded', 'feedback_full', 'headers_too_large', 'client_closed', 'internal', 'database_unavailable', 'engine_unavailable', 'not_ready', 'storage_unavailable', 'deadline_exceeded', 'storage_full']


class Explanation(TypedDict):
    """
    It has a `heatmap` or a `png`, as asked for
    """

    label: str
    method: Literal['cam', 'occlusion']
    """
    cam: class-activation map, of a linear head; occlusion: places were greyed out one after another
    """
    coarse: NotRequired[bool]
    """
    true of an occlusion for which time was short: fewer places were greyed out, and the map has less detail
    """
    width: int
    """
    Columns of the map; the longer side has 32, or 256 in a PNG
    """
    height: int
    """
    Rows of the map
    """
    heatmap: NotRequired[list[list[float]]]
    """
    Rows from the top, each from the left, evenly over the whole upright image: 1 where most speaks for the class, 0 where nothing does or the classifier does not look
    """
    png: NotRequired[str]
    """
    White, as opaque as the place speaks for the class: to be stretched over the upright image
    """


class Feedback(TypedDict):
    id: int
    sha256: str
    classifier: str
    version: int | None
    label: str
    """
    What it is, as the user says
    """
    state: Literal['new', 'accepted', 'rejected']
    createdAt: str


Label3: TypeAlias = str
"""
Absent: the user's
"""


class FeedbackAcceptance(TypedDict):
    dataset: str
    """
    Name of a dataset
    """
    label: NotRequired[Label3]
    """
    Absent: the user's
    """


class FileError(TypedDict):
    code: str
    detail: str


class FlaskImageUpload(TypedDict):
    img: list[bytes]


class ForgottenInDataset(TypedDict):
    dataset: str
    images: int


HiddenLayer: TypeAlias = int


L2Item: TypeAlias = float


class Hyperparameters(TypedDict):
    hiddenLayers: NotRequired[list[HiddenLayer]]
    """
    Units of each hidden dense layer; empty for a linear head
    """
    activation: NotRequired[Literal['relu', 'tanh', 'swish']]
    """
    Of the hidden layers
    """
    dropout: NotRequired[float]
    """
    Share of values dropped before the output layer and between hidden layers
    """
    l2: NotRequired[list[L2Item]]
    """
    Weight of the sum of squared kernel values in the loss; of several, the best on validation is kept
    """
    labelSmoothing: NotRequired[float]
    classWeights: NotRequired[Literal['none', 'balanced']]
    """
    balanced: a rare class counts as much as a frequent one
    """
    solver: NotRequired[Literal['adam', 'lbfgs']]
    """
    lbfgs: for a linear head without dropout (any other is fitted by adam): all images at once, to the minimum; its L2 chosen by cross-validation; where there are test images it learns from the validation images, too, in the end. `learningRate`, `schedule`, `batchSize` and `patience` are of adam, which the default preset takes when one of them, hidden layers or dropout are asked for
    """
    learningRate: NotRequired[float]
    """
    Of Adam, at the start
    """
    schedule: NotRequired[Literal['constant', 'cosine', 'plateau']]
    """
    plateau: halved after 3 epochs without a better validation loss
    """
    epochs: NotRequired[int]
    batchSize: NotRequired[int]
    patience: NotRequired[int]
    """
    Epochs without a better validation loss before stopping; the best weights are kept
    """
    standardise: NotRequired[bool]
    """
    Give each embedding value mean 0 and variance 1; folded into the exported head
    """
    views: NotRequired[int]
    """
    Augmented views of each training image, beside the image itself
    """
    augmentation: NotRequired[Augmentation]
    seed: NotRequired[int]


Label4: TypeAlias = str
"""
Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none
"""


class ImageError(TypedDict):
    """
    Why this image has no result; the others of the request have theirs
    """

    code: ErrorCode
    detail: str


class ImageSizes(TypedDict):
    bytes: int
    """
    All files together
    """
    minWidth: int | None
    maxWidth: int | None
    medianWidth: float | None
    minHeight: int | None
    maxHeight: int | None
    medianHeight: float | None


class ImageUpload(TypedDict):
    """
    The field may be called `file` as well.
    """

    image: list[bytes]


class ImageUrl(TypedDict):
    """
    One image on a host that IMAGE_URL_HOSTS lists. Refused otherwise, and by default.
    """

    url: str
    """
    Where the server fetches the image from, by http or https.
    """


class IndexedModel(TypedDict):
    name: str
    version: str
    state: Literal['READY', 'UNAVAILABLE']
    reason: NotRequired[str]


ShapeItem: TypeAlias = int


Datum: TypeAlias = str
"""
An image file in standard base64, or as a data URL: `data:image/jpeg;base64,…`
"""


class InferInput(TypedDict):
    name: Literal['image']
    datatype: Literal['BYTES']
    shape: list[ShapeItem]
    data: list[Datum]


class InputConfig(TypedDict):
    name: str
    data_type: str
    format: str
    dims: list[int]


class Interval(TypedDict):
    low: float
    high: float


Label5: TypeAlias = str
"""
Class of an image
"""


Label6: TypeAlias = str
"""
What the image really shows; may be a class that the classifier does not know
"""


class LabelledBase64Image(TypedDict):
    image: str
    """
    An image file in standard base64, or as a data URL: `data:image/jpeg;base64,…`
    """
    label: Label6
    """
    What the image really shows; may be a class that the classifier does not know
    """


class LabelledImageUpload(TypedDict):
    image: bytes
    label: Label6
    """
    What the image really shows; may be a class that the classifier does not know
    """


class LeftOutImage(TypedDict):
    imageId: int
    """
    Id of the image in its dataset
    """
    image: str
    """
    SHA-256 of the file
    """
    label: str
    fileName: str | None
    """
    Name that it was uploaded under, if any
    """
    stage: Literal['embeddings', 'compare']
    """
    embeddings: left out of everything; compare: of the comparison with the active version
    """
    reason: str


class LessonRule(TypedDict):
    promoteAfter: NotRequired[int | None]
    """
    Images since the last training that start the next one; null: only promoteLesson does. Absent: as before
    """


class Liveness(TypedDict):
    status: Literal['live']


class LogLoss(TypedDict):
    """
    Of images that had no say in the temperature
    """

    uncalibrated: float
    calibrated: float


class MemoryStatus(TypedDict):
    processBytes: int
    """
    Of this process (resident)
    """
    heapBytes: int
    """
    Of its JavaScript heap, in use
    """
    machineBytes: int
    """
    Of the machine
    """
    machineFreeBytes: int
    """
    Unused
    """


class Mistake(TypedDict):
    image: str
    """
    SHA-256 of the file
    """
    imageId: NotRequired[int]
    """
    Its id in the dataset
    """
    fileName: NotRequired[str | None]
    """
    In the training’s figures only, which need a key
    """
    thumbnail: NotRequired[str]
    """
    Path of a preview; needs a key
    """
    label: str
    predicted: str
    probability: float
    """
    Of `predicted`, calibrated
    """


class ModelChange(TypedDict):
    parameters: NotRequired[dict[str, Any]]


class ModelParameter(TypedDict):
    string_value: str


class ModelReady(TypedDict):
    name: str
    ready: bool


class ModelRef(TypedDict):
    name: str
    version: int
    """
    0: it was only taught, never trained
    """
    taught: NotRequired[bool]
    """
    true: what it was taught since its last training answers too
    """


class MultiLabelClassFigures(TypedDict):
    label: str
    averagePrecision: float | None
    """
    As scikit-learn defines it; null: no held-out image has the class
    """
    precision: float
    recall: float
    f1: float
    support: int
    """
    Held-out images that have the class
    """
    threshold: float
    """
    From which probability on an image is said to have it
    """


class MultiLabelComparison(TypedDict):
    images: int
    candidateMeanAveragePrecision: float
    activeMeanAveragePrecision: float
    gain: float
    """
    Candidate minus active
    """
    gainInterval: Interval
    """
    95 % interval (bootstrap)
    """


class MultiLabelFigures(TypedDict):
    """
    Of a multi-label version, in place of accuracy and its like
    """

    images: int
    """
    Images that the figures are of
    """
    meanAveragePrecision: float
    """
    mAP: mean over the classes that held-out images have
    """
    meanAveragePrecisionInterval: Interval
    """
    95 % interval (bootstrap)
    """
    microF1: float
    macroF1: float
    exactMatch: float
    """
    Share of images of which all labels are right, and none is too many
    """
    exactMatchInterval: Interval
    """
    95 % interval (Wilson)
    """
    classes: list[MultiLabelClassFigures]
    comparison: MultiLabelComparison | None
    """
    With the version that was active; null: there was none
    """


class NewDatasetVersion(TypedDict):
    name: str
    """
    Anything but `now`, which means the dataset as it is
    """
    training: NotRequired[str]
    """
    Id of a training on the dataset, whose images it gets; absent: those that it has now
    """


Key: TypeAlias = str


Shadow: TypeAlias = int


Description: TypeAlias = str
"""
For people to tell webhooks apart
"""


class NewWebhook(TypedDict):
    url: str
    """
    Where events are posted to
    """
    events: list[Literal['training.succeeded', 'training.failed', 'training.cancelled', 'version.activated', 'version.rolled_back', 'rollout.started', 'rollout.changed', 'rollout.promoted', 'rollout.failed', 'rollout.ended', 'auto_retrain.decided', 'classifier.drifted', 'review_queue.above']]
    description: NotRequired[Description]
    """
    For people to tell webhooks apart
    """
    reviewQueueAbove: NotRequired[int]
    """
    `review_queue.above` is sent each time the corrections and captured images that wait for review become more than this, by default 0; without that event it means nothing
    """


class NoveltyAgainst(TypedDict):
    kind: Literal['drawn', 'otherDatasets', 'uploaded']
    """
    drawn: images of nothing; otherDatasets: some of datasets on the server that have no class in common with this one; uploaded: held-out negatives of the dataset
    """
    images: int
    unknown: float
    """
    Called unknown
    """
    auroc: float
    """
    Of the held-out images against these
    """
    falsePositiveRate: float
    """
    Of these, taken for known where 95 % of the held-out images are
    """


class NoveltyMeasure(TypedDict):
    measure: Literal['nearest-neighbours', 'mahalanobis']
    withNegatives: bool
    """
    It learns from the negatives of the dataset
    """
    auroc: float
    """
    Mean over the kinds of negatives, without the uploaded ones where it does not learn from them; of images that it had not learnt from
    """


class OutputConfig(TypedDict):
    name: str
    data_type: str
    dims: list[int]
    label_filename: str


class Percentiles(TypedDict):
    p50: float
    p95: float
    p99: float


class Precision(TypedDict):
    name: Literal['fp32', 'bf16', 'int8']
    reason: str
    """
    Why this one and no faster one
    """


class PrecisionCheck(TypedDict):
    engine: Literal['onnx', 'openvino', 'tfjs', 'remote']
    precision: Literal['bf16', 'int8']
    backbone: str
    images: int
    agreement: float
    explainedVariance: float
    accuracy: NotRequired[float]
    fp32Accuracy: NotRequired[float]


class Prediction(TypedDict):
    label: str
    probability: float


class Preprocessing(TypedDict):
    height: int
    width: int
    resize: Literal['stretch', 'centre-crop', 'letterbox']
    cropFraction: float
    kernel: Literal['nearest', 'linear', 'cubic', 'lanczos3']
    channels: Literal['rgb', 'bgr']
    scale: list[float]
    offset: list[float]


class Problem(TypedDict):
    """
    RFC 9457 problem details; `code` is stable, `detail` is for people.
    """

    type: str
    title: str
    status: int
    detail: str
    code: ErrorCode
    requestId: str
    error: NotRequired[str]
    """
    `detail` once more, under /v2: the Open Inference Protocol's name for it.
    """


class QueueStatus(TypedDict):
    images: int
    """
    That wait for their turn or for the engine
    """
    promisedMilliseconds: float
    """
    What was let in will take
    """
    refused: int
    """
    Classifications refused as `overloaded` since the start
    """


class Readiness(TypedDict):
    status: Literal['ready']
    engine: Engine


class RefusedFile(TypedDict):
    filename: str
    detail: str


class RefusedVersion(TypedDict):
    directory: str
    reason: str


ReliabilityBin = TypedDict(
    'ReliabilityBin',
    {
        'from': float,
        'to': float,
        'count': int,
        'confidence': float,
        'accuracy': float,
        'accuracyInterval': NotRequired[Interval],
    },
)


class Reloaded(TypedDict):
    added: list[ModelRef]
    removed: list[ModelRef]
    refused: list[RefusedVersion]
    """
    All versions that cannot be served, not only new ones
    """


RepositoryIndex: TypeAlias = list[IndexedModel]


class RepositoryIndexRequest(TypedDict):
    ready: NotRequired[bool]


class RequestedOutput(TypedDict):
    name: Literal['probabilities', 'label']


class ResponseStatistics(TypedDict):
    pass


class RestoredDataset(TypedDict):
    counts: DatasetDifferenceCounts
    """
    What was changed in the dataset
    """


class RolloutConditions(TypedDict):
    """
    When all of them hold the canary is activated, when one does not the rollout fails
    """

    after: int
    """
    Requests that the canary answers before it is judged
    """
    minAgreement: NotRequired[float]
    """
    Share of images of which it says what the active version says; only on the same backbone
    """
    maxErrorRate: NotRequired[float]
    """
    Of its requests. It fails at once when the errors are more than this allows of `after` requests
    """
    maxUnknownShare: NotRequired[float]
    """
    Of its images
    """
    minMeanTopProbability: NotRequired[float]
    """
    Of its images, of the most probable class
    """
    minCorrectedAccuracy: NotRequired[float]
    """
    On images that users sent corrections of
    """
    minCorrections: NotRequired[int]
    """
    Corrected images that it waits for besides; absent: 20 with minCorrectedAccuracy, else none
    """


class RolloutStep(TypedDict):
    at: str
    kind: Literal['started', 'changed', 'promoted', 'failed', 'ended']
    reason: str


class RolloutVersion(TypedDict):
    version: int
    role: Literal['active', 'canary', 'shadow']
    """
    When the rollout began
    """
    requests: int
    """
    That named no version, and were answered by this one
    """
    errors: int
    """
    Of the requests, those that failed through a fault of the server
    """
    errorRate: float | None
    """
    Of the requests; null where there are none, as with each share
    """
    meanMs: float | None
    """
    Milliseconds from the arrival of a request’s images to the result
    """
    images: int
    """
    That it answered; of a shadow, that it was scored on
    """
    unknownShare: float | None
    """
    Of the images that it answered; null too where it cannot tell
    """
    meanTopProbability: float | None
    """
    Of the most probable class of its images
    """
    compared: int
    """
    Images of which the active version’s class is known too
    """
    agreed: int
    """
    Of those, the ones of which both say the same
    """
    agreement: float | None
    """
    With the active version
    """
    corrections: int
    """
    Images that users corrected since, as far as it was asked about them
    """
    right: int
    """
    Of those, the ones of which it says what the user says
    """
    correctedAccuracy: float | None
    """
    On these images: they are those that some version got wrong, mostly
    """


Scope: TypeAlias = Literal['classify', 'train', 'metrics', 'admin']


class SearchCheck(TypedDict):
    """
    The best trial beside the settings of the request, both fitted anew on divisions of the images that had no say in the search
    """

    trial: int
    """
    The one of the lowest loss
    """
    gain: float | None
    """
    How much lower its loss is than that of the settings of the request; null: a fit failed, or there are too few images
    """
    standardError: float | None
    """
    Of `gain`, over images; near duplicates count as one
    """
    isTaken: bool
    """
    Whether the gain is more than 1 standard error, so that the head has its settings
    """


Epoch: TypeAlias = int


Layer: TypeAlias = int


Unit: TypeAlias = int


DropoutItem: TypeAlias = float


LabelSmoothingItem: TypeAlias = float


LearningRateItem: TypeAlias = float


View: TypeAlias = int


class SearchSpace(TypedDict):
    epochs: NotRequired[list[Epoch]]
    """
    Epochs: the lowest and the highest
    """
    layers: NotRequired[list[Layer]]
    """
    Hidden layers: the lowest and the highest
    """
    units: NotRequired[list[Unit]]
    """
    Units of each hidden layer: the lowest and the highest
    """
    activation: NotRequired[list[Literal['relu', 'tanh', 'swish']]]
    dropout: NotRequired[list[DropoutItem]]
    """
    Dropout: the lowest and the highest
    """
    l2: NotRequired[list[L2Item]]
    """
    L2: the lowest and the highest
    """
    labelSmoothing: NotRequired[list[LabelSmoothingItem]]
    """
    Label smoothing: the lowest and the highest
    """
    classWeights: NotRequired[list[Literal['none', 'balanced']]]
    learningRate: NotRequired[list[LearningRateItem]]
    """
    Learning rate of Adam: the lowest and the highest
    """
    standardise: NotRequired[list[bool]]
    views: NotRequired[list[View]]
    """
    Augmented views of each training image: the lowest and the highest
    """


class ServerLive(TypedDict):
    live: bool


class ServerMetadata(TypedDict):
    name: str
    version: str
    extensions: list[str]


class ServerReady(TypedDict):
    ready: bool


class Session(TypedDict):
    keyId: str | None
    """
    Of the key that was sent; null: none was, or it is not valid (any more)
    """
    scopes: list[Scope]
    """
    What the caller may do, with that key or without one
    """
    auth: Literal['open', 'required']
    """
    open: classification needs no key. required: it does (AUTH)
    """
    version: str | None
    """
    Of Taxon; null to those who may do nothing
    """


class Shortfall(TypedDict):
    model: str
    version: int
    answers: int | None
    reason: str


class SignIn(TypedDict):
    token: str
    """
    What follows `#sign-in=` in the link
    """


class SimilarUpload(TypedDict):
    """
    The field may be called `file` as well.
    """

    image: list[bytes]


Split: TypeAlias = Literal['train', 'validation', 'test']
"""
Part of the dataset
"""


class StagePercentiles(TypedDict):
    queue: Percentiles
    """
    All that an image waited, for a decoder and for the engine
    """
    decode: Percentiles
    inference: Percentiles
    """
    Of its whole batch
    """
    total: Percentiles


class StatisticDuration(TypedDict):
    count: int
    ns: int


class TaughtClass(TypedDict):
    label: str
    images: int
    """
    In the dataset
    """
    taught: int
    """
    Of these, since the last training
    """


Label8: TypeAlias = str
"""
Class of all these images
"""


class TeachUpload(TypedDict):
    image: list[bytes]
    label: Label8
    """
    Class of all these images
    """


class TemperatureFit(TypedDict):
    method: Literal['cross-validation', 'validation']
    images: int
    """
    Images that it was fitted on
    """
    temperature: float
    logLoss: LogLoss


class TensorMetadata(TypedDict):
    name: str
    datatype: str
    shape: list[int]


class TensorParameters(TypedDict):
    binary_data_size: int


class Timing(TypedDict):
    """
    The slowest image of the request by stage, in milliseconds; `queueMs` is what it waited for a decoder and the engine.
    """

    decodeMs: float
    queueMs: float
    inferenceMs: float


class TopPrediction(TypedDict):
    label: str
    probability: float
    """
    Calibrated
    """


class TrainingCounts(TypedDict):
    queued: int
    running: int


class TrainingError(TypedDict):
    code: str
    detail: str


class TrainingOrigin(TypedDict):
    dataset: str
    createdAt: str
    startedAt: str | None
    finishedAt: str | None


TrainingStarter: TypeAlias = Literal['request', 'lesson', 'auto-retrain']


TrainingState: TypeAlias = Literal['queued', 'running', 'succeeded', 'failed', 'cancelled']


class Trial(TypedDict):
    number: int
    """
    0: what was asked for, without a search
    """
    hyperparameters: dict[str, Any]
    share: float
    """
    Share of its epochs that it was fitted with; 1: all
    """
    loss: float | None
    """
    -log p(label) of validation images, calibrated; null: the fit failed
    """
    accuracy: float | None
    """
    Of validation images
    """
    failure: str | None
    seconds: float
    """
    That the fit took
    """
    elapsed: float
    """
    Seconds of the search when it had ended
    """


class TrialFigures(TypedDict):
    loss: float | None
    accuracy: float | None


class UnreadableFile(TypedDict):
    fileName: str
    label: str
    code: str
    detail: str


class UnreadableFiles(TypedDict):
    count: int
    files: list[UnreadableFile]


class UploadRefusal(TypedDict):
    code: str
    count: int
    files: list[RefusedFile]
    """
    The first 10
    """


class UploadTotals(TypedDict):
    files: int
    added: int
    duplicates: int
    """
    The same bytes were there under the same label; nothing was added
    """
    nearDuplicates: int
    """
    Added, though an image of the dataset looks the same
    """
    failed: int
    classes: list[ClassTotals]
    """
    Images that were added, by class and split
    """
    failures: list[UploadRefusal]
    """
    By error code, the most frequent first
    """


class VersionAlias(TypedDict):
    name: str
    alias: str
    version: int


class VersionChange(TypedDict):
    unknownAbove: float | None
    """
    Images of a `novelty` above it; null: 0.99, as it is at first
    """


class VersionComparison(TypedDict):
    images: int
    candidateAccuracy: float
    activeAccuracy: float
    gain: float
    """
    Candidate minus active
    """
    gainInterval: NotRequired[Interval]
    """
    95 % interval (Bonett and Price, paired)
    """
    onlyCandidate: NotRequired[int]
    """
    Images that only this version got right
    """
    onlyActive: NotRequired[int]


class VersionFile(TypedDict):
    sha256: str
    bytes: int


class VersionPolicy(TypedDict):
    all: AllVersions


class Webhook(TypedDict):
    id: str
    url: str
    events: list[Literal['training.succeeded', 'training.failed', 'training.cancelled', 'version.activated', 'version.rolled_back', 'rollout.started', 'rollout.changed', 'rollout.promoted', 'rollout.failed', 'rollout.ended', 'auto_retrain.decided', 'classifier.drifted', 'review_queue.above']]
    description: str
    reviewQueueAbove: int | None
    """
    Of `review_queue.above`; null without that event
    """
    createdAt: str


class WebhookDelivery(TypedDict):
    id: str
    """
    The header `webhook-id`, the same in every attempt
    """
    event: str
    state: Literal['waiting', 'delivered', 'failed']
    """
    waiting: for its first attempt or the next; failed: there will be no other
    """
    attempts: int
    createdAt: str
    nextAttemptAt: str | None
    lastAttemptAt: str | None
    lastStatus: int | None
    """
    What the receiver answered last, if it did
    """
    lastError: str | None
    """
    Why the last attempt failed
    """
    endedAt: str | None


class WebhookDetails(TypedDict):
    id: str
    url: str
    events: list[Literal['training.succeeded', 'training.failed', 'training.cancelled', 'version.activated', 'version.rolled_back', 'rollout.started', 'rollout.changed', 'rollout.promoted', 'rollout.failed', 'rollout.ended', 'auto_retrain.decided', 'classifier.drifted', 'review_queue.above']]
    description: str
    reviewQueueAbove: int | None
    """
    Of `review_queue.above`; null without that event
    """
    createdAt: str
    deliveries: list[WebhookDelivery]
    """
    The last 50, the newest first
    """


class WebhookList(TypedDict):
    webhooks: list[Webhook]


class ApiKey(TypedDict):
    id: str
    name: Name
    """
    For people to tell keys apart
    """
    scopes: list[Scope]
    """
    train includes classify, admin includes all; metrics is for GET /metrics
    """
    prefix: str
    """
    The first characters of the key
    """
    createdAt: str
    expiresAt: str | None
    """
    When the key ends; null: not by itself
    """
    requestsPerMinute: int | None
    """
    In each replica; null: as RATE_LIMIT says
    """
    requestsPerDay: int | None
    """
    Of a day in UTC, in all replicas together, to within a minute of use; null: any number
    """
    capture: bool
    """
    Whether images of its requests may be kept for review, by classifiers that keep any
    """
    lastUsedAt: str | None
    """
    To the minute
    """
    requestsToday: int
    """
    Since midnight in UTC, to within a minute of use
    """


class ApiKeyList(TypedDict):
    keys: list[ApiKey]


class AutoRetrain(TypedDict):
    model: str
    settings: dict[str, Any] | None
    """
    As PUT takes them, with what was left out; null: it is off, and has no other figures
    """
    stage: Literal['idle', 'training', 'shadow', 'canary']
    """
    idle: nothing is under way; training; shadow, canary: the rollout of the version that it gave
    """
    corrections: int
    """
    Images of the dataset that were added, removed or labelled anew since the last training on it
    """
    nextRunAt: str | None
    """
    Of the schedule; null: there is none
    """
    waitingFor: str | None
    """
    In words; null: something is under way
    """
    training: str | None
    """
    The last one that it queued
    """
    steps: list[AutoRetrainStep]
    """
    What it decided and why, the last first, at most 50
    """


class AutoRetrainRollout(TypedDict):
    """
    A version that is better on held-out images is rolled out, and activated when the conditions hold
    """

    shadow: NotRequired[AutoRetrainShadow]
    """
    Absent: it answers a share of the requests at once
    """
    percent: float
    """
    Of the requests, that it answers then
    """
    conditions: RolloutConditions


class BatchStatistics(TypedDict):
    batch_size: int
    compute_input: StatisticDuration
    compute_infer: StatisticDuration
    compute_output: StatisticDuration


class Calibration(TypedDict):
    expectedError: float
    chanceError: NotRequired[float]
    """
    What honest confidences would show on as many images
    """
    negativeLogLikelihood: float
    reliability: list[ReliabilityBin]
    """
    By confidence; bins without images are left out
    """


class CalibrationFigures(TypedDict):
    """
    Before and after the temperature
    """

    before: Calibration
    after: Calibration


class ClassFigures(TypedDict):
    label: str
    precision: float
    """
    Share of the images predicted as this class that are it
    """
    precisionInterval: NotRequired[Interval]
    """
    95 % interval (Wilson; absent where none was predicted)
    """
    recall: float
    """
    Share of the images of this class that were predicted as it
    """
    recallInterval: NotRequired[Interval]
    """
    95 % interval (Wilson; absent where there is none)
    """
    f1: float
    support: int
    """
    Images of this class
    """


class CreatedApiKey(TypedDict):
    id: str
    name: Name
    """
    For people to tell keys apart
    """
    scopes: list[Scope]
    """
    train includes classify, admin includes all; metrics is for GET /metrics
    """
    prefix: str
    """
    The first characters of the key
    """
    createdAt: str
    expiresAt: str | None
    """
    When the key ends; null: not by itself
    """
    requestsPerMinute: int | None
    """
    In each replica; null: as RATE_LIMIT says
    """
    requestsPerDay: int | None
    """
    Of a day in UTC, in all replicas together, to within a minute of use; null: any number
    """
    capture: bool
    """
    Whether images of its requests may be kept for review, by classifiers that keep any
    """
    lastUsedAt: str | None
    """
    To the minute
    """
    requestsToday: int
    """
    Since midnight in UTC, to within a minute of use
    """
    key: str
    """
    The key itself, shown this once
    """


class Dataset(TypedDict):
    name: str
    """
    Name of a dataset
    """
    task: DatasetTask
    splitSeed: int
    validationShare: float
    testShare: float
    images: int
    """
    Labelled images; one under two labels counts twice
    """
    classes: int
    """
    Without the negatives
    """
    negatives: Negatives | None
    """
    Label of the images that are of none of the classes; null: no images are meant to be
    """
    createdAt: str
    changedAt: str


class DatasetImage(TypedDict):
    id: int
    sha256: str
    label: str
    """
    In a multi-label dataset all its labels, with `|` between
    """
    labels: list[str]
    """
    One, but in a multi-label dataset any number, sorted
    """
    split: Split
    splitGiven: bool
    """
    True when the split was asked for, false when it was drawn
    """
    group: str
    """
    Images of the dataset that look the same share it
    """
    fileNames: list[str]
    width: int
    height: int
    bytes: int
    format: str
    attribution: Attribution | None
    """
    Null where nobody said who made the image
    """
    createdAt: str
    thumbnail: str
    """
    Path of a preview
    """


class DatasetImageChange(TypedDict):
    label: NotRequired[Label1]
    """
    Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none
    """
    labels: NotRequired[list[Label2]]
    """
    As `label`, as a list; it goes before that. In a single-label dataset it has one
    """
    split: NotRequired[Split]


class DatasetList(TypedDict):
    datasets: list[Dataset]


class DatasetOptions(TypedDict):
    splitSeed: NotRequired[int]
    """
    Another seed, another split
    """
    validationShare: NotRequired[float]
    testShare: NotRequired[float]
    task: NotRequired[DatasetTask]
    """
    Absent: single-label, or as it is
    """


class Drift(TypedDict):
    name: str
    version: int
    """
    The active one
    """
    state: Literal['unknown', 'collecting', 'steady', 'drifted']
    """
    unknown: the version was made without what images are compared with, or is not loaded; collecting: too few images yet
    """
    since: str | None
    """
    When the version was first found drifted, or no longer; null: never
    """
    hours: int
    """
    What is looked back on
    """
    images: int
    """
    That the version answered in this time, on all servers together
    """
    leastImages: int
    """
    With fewer nothing is said
    """
    embeddings: float | None
    """
    Population stability index of the embeddings, what chance adds to it taken away; null: nothing can be said
    """
    classes: float | None
    """
    The same of the classes that images are taken for; null too where too few held-out images tell what to expect
    """
    driftedFrom: DriftLimits
    """
    An index from here on is drift
    """
    steadyBelow: DriftLimits
    """
    Drift ends when both are below these
    """
    mix: list[DriftClass]
    """
    In the order of the labels; empty where the state is unknown
    """


class FileResult(TypedDict):
    """
    An `error` where it failed; otherwise everything else
    """

    filename: str
    outcome: Literal['added', 'duplicate', 'failed']
    id: NotRequired[int]
    sha256: NotRequired[str]
    label: NotRequired[str]
    split: NotRequired[Split]
    nearDuplicateOf: NotRequired[int | None]
    error: NotRequired[FileError]


class FlaskClassification(TypedDict):
    success: bool
    predictions: list[Prediction]
    """
    Every class, in label order.
    """


class ForgottenCaptures(TypedDict):
    captures: int
    """
    Images that were kept, each once for every classifier that kept it
    """
    imagesRemoved: int
    """
    Files that are gone
    """
    imagesInUse: int
    """
    Files that stay, because something else refers to them: another request, a dataset that had the image already, a training that runs
    """
    datasets: list[ForgottenInDataset]
    """
    That had taken images, and have lost them now
    """


class GroupedImage(TypedDict):
    id: int
    label: str
    split: Split
    fileNames: list[str]


class HeadSearch(TypedDict):
    trials: NotRequired[int]
    """
    Settings to try beside those of the request
    """
    seconds: NotRequired[int]
    """
    For which it may go on; the settings of the request are tried in any case
    """
    space: NotRequired[SearchSpace]
    """
    Bounds of what is tried
    """


class ImageChange(TypedDict):
    """
    What is absent stays as it is
    """

    id: int
    label: NotRequired[Label4]
    """
    Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none
    """
    split: NotRequired[Split]
    splitGiven: NotRequired[bool]
    """
    Absent: true where `split` is there
    """
    removed: NotRequired[bool]
    """
    true: out of the dataset. false: back in it, within 60 minutes
    """


class ImageChanges(TypedDict):
    changes: list[ImageChange]
    """
    Of an image that is there twice, what comes later counts
    """


class ImageClassification(TypedDict):
    """
    It has `predictions` or an `error`
    """

    filename: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    predictions: NotRequired[list[Prediction]]
    labels: NotRequired[list[str]]
    """
    Of a multi-label classifier, whose probabilities do not sum to 1: the classes that reach their thresholds, in label order; whatever topK and minProbability are
    """
    known: NotRequired[bool]
    """
    false: the image is like none that the version was trained on, whatever the probabilities say. Absent where the version cannot tell, as those that were imported
    """
    novelty: NotRequired[float]
    """
    Share of the images of its training that are more like the others than this one: 0.5 for one in the middle
    """
    explanation: NotRequired[Explanation]
    """
    With `explain=heatmap`
    """
    error: NotRequired[ImageError]


class ImageEmbedding(TypedDict):
    """
    It has an `embedding` or an `error`
    """

    filename: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    embedding: NotRequired[list[float]]
    error: NotRequired[ImageError]


class ImageGroups(TypedDict):
    count: int
    groups: list[list[GroupedImage]]


class ImagePrediction(TypedDict):
    imageId: int
    image: str
    """
    SHA-256 of the file
    """
    fileName: str | None
    label: str
    split: Split
    predicted: str | None
    """
    The most probable class; null when the image cannot be decoded
    """
    probability: float | None
    """
    Of `predicted`, calibrated
    """
    reason: str | None
    """
    Why the image cannot be decoded
    """
    thumbnail: str
    """
    Path of a preview
    """


class ImagePredictionPage(TypedDict):
    predictions: list[ImagePrediction]
    next: int | None
    """
    null on the last page
    """


class ImageState(TypedDict):
    id: int
    label: str
    split: Split
    splitGiven: bool
    removed: bool


class InferOutput(TypedDict):
    name: str
    datatype: str
    shape: list[int]
    parameters: NotRequired[TensorParameters]
    data: NotRequired[list[Any]]


class InferRequest(TypedDict):
    id: NotRequired[str]
    inputs: list[InferInput]
    outputs: NotRequired[list[RequestedOutput]]


class InferResponse(TypedDict):
    id: NotRequired[str]
    model_name: str
    model_version: str
    outputs: list[InferOutput]


class InferenceStatistics(TypedDict):
    success: StatisticDuration
    fail: StatisticDuration
    queue: StatisticDuration
    compute_input: StatisticDuration
    compute_infer: StatisticDuration
    compute_output: StatisticDuration
    cache_hit: StatisticDuration
    cache_miss: StatisticDuration


class LabelAndSplit(TypedDict):
    label: Label5
    """
    Class of an image
    """
    split: Split


class LeftOut(TypedDict):
    """
    Images that the training could not use: all are counted, the first 20 are named
    """

    count: int
    images: list[LeftOutImage]


class Lesson(TypedDict):
    model: str
    dataset: str
    """
    It has the images; trainings learn from it
    """
    version: int | None
    """
    Active version that it goes on from; null: none was trained yet
    """
    taught: int
    """
    Images since the last training
    """
    classes: list[TaughtClass]
    """
    Of the dataset, by name
    """
    answers: bool
    """
    Whether what was taught answers now
    """
    trust: float | None
    """
    Share of the taught images in what is said of classes that the version was trained on
    """
    promoteAfter: int | None
    """
    Images since the last training that start the next one
    """


class ListedImage(TypedDict):
    id: int
    sha256: str
    label: str
    """
    In a multi-label dataset all its labels, with `|` between
    """
    labels: list[str]
    """
    One, but in a multi-label dataset any number, sorted
    """
    split: Split
    splitGiven: bool
    """
    True when the split was asked for, false when it was drawn
    """
    group: str
    """
    Images of the dataset that look the same share it
    """
    fileNames: list[str]
    width: int
    height: int
    bytes: int
    format: str
    attribution: Attribution | None
    """
    Null where nobody said who made the image
    """
    createdAt: str
    thumbnail: str
    """
    Path of a preview
    """
    prediction: NotRequired[TopPrediction | None]
    """
    With `model` or what asks for predictions only; null: the image cannot be decoded, is of the negatives, or is with `order=doubt` the only one of its class
    """


class Model(TypedDict):
    name: str
    default: bool
    """
    It answers requests that name none
    """
    activeVersion: int
    versions: list[int]
    aliases: dict[str, int]
    """
    Other names of versions, with the version that each names now
    """
    labels: list[str]
    task: DatasetTask
    """
    Whether its classes exclude one another, so that their probabilities sum to 1, or each has a probability of its own
    """
    backbone: BackboneRef
    precision: Precision
    """
    What the active version computes in
    """
    engine: Engine


class ModelClassification(TypedDict):
    model: ModelRef
    results: list[ImageClassification]


class ModelConfig(TypedDict):
    name: str
    platform: str
    backend: str
    version_policy: VersionPolicy
    max_batch_size: int
    input: list[InputConfig]
    output: list[OutputConfig]
    dynamic_batching: DynamicBatching
    parameters: dict[str, ModelParameter]


class ModelList(TypedDict):
    models: list[Model]


class ModelMetadata(TypedDict):
    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    labels: list[str]
    """
    An extension of the protocol: the classes behind the columns of `probabilities`.
    """


class ModelStatistics(TypedDict):
    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: InferenceStatistics
    batch_stats: list[BatchStatistics]
    memory_usage: list[Any]
    response_stats: ResponseStatistics


class ModelStatisticsList(TypedDict):
    model_stats: list[ModelStatistics]


class ModelStatus(TypedDict):
    name: str
    activeVersion: int
    precision: Precision


class NewApiKey(TypedDict):
    name: Name
    """
    For people to tell keys apart
    """
    scopes: list[Scope]
    """
    train includes classify, admin includes all; metrics is for GET /metrics
    """
    expiresAt: NotRequired[str | None]
    """
    When the key ends; null: not by itself
    """
    requestsPerMinute: NotRequired[int | None]
    """
    In each replica; null: as RATE_LIMIT says
    """
    requestsPerDay: NotRequired[int | None]
    """
    Of a day in UTC, in all replicas together, to within a minute of use; null: any number
    """
    capture: NotRequired[bool]
    """
    Whether images of its requests may be kept for review, by classifiers that keep any
    """


class NewRollout(TypedDict):
    version: int
    """
    The canary: it answers in place of the active version
    """
    percent: NotRequired[float]
    """
    Of the requests that name no version
    """
    keys: NotRequired[list[Key]]
    """
    Ids of API keys whose requests it answers, all of them; known with AUTH=required
    """
    shadows: NotRequired[list[Shadow]]
    """
    Further versions that are scored beside the active one and answer nobody
    """
    conditions: NotRequired[RolloutConditions]


class NewTraining(TypedDict):
    dataset: str
    """
    Name of a dataset
    """
    datasetVersion: NotRequired[str]
    """
    A version of the dataset to learn from; absent: the dataset as it is when the training begins
    """
    model: str
    """
    Classifier to publish a version of; a new name makes a new classifier
    """
    backbone: NotRequired[str]
    """
    Classifier whose backbone to build on; default: the model's own, and for a new one the best that was pulled or imported, else the default classifier's
    """
    activate: NotRequired[Literal['manual', 'if-better', 'always']]
    """
    What happens to the new version; the first of a new classifier answers in any case
    """
    margin: NotRequired[float]
    """
    Accuracy that if-better wants beyond the active version, as a share of images
    """
    preset: NotRequired[Literal['keras', 'default']]
    hyperparameters: NotRequired[Hyperparameters]
    """
    Replace values of the preset
    """
    search: NotRequired[HeadSearch]
    """
    Looks for better hyper-parameters; those that are best on validation are kept
    """
    fineTune: NotRequired[Literal['top-blocks']]
    """
    top-blocks: after the head, the upper blocks of the backbone are trained too, with a tenth of its learning rate, which gives a backbone of its own. Where that is not better on the validation images, the version has the frozen backbone. Needs TensorFlow (npm run build:tfjs-native)
    """


class NoveltyCheck(TypedDict):
    """
    How well it tells images of none of its classes
    """

    references: int
    """
    Training images that an image is measured by
    """
    unknownAbove: float
    """
    What the shares below are of
    """
    heldOutUnknown: float
    """
    Of the held-out images: called unknown
    """
    accuracyGivenUp: NotRequired[float]
    """
    Of the held-out images: right, and called unknown
    """
    blanksUnknown: float
    """
    Of drawn images of nothing: called unknown
    """
    auroc: float
    """
    Of held-out images against those of nothing
    """
    falsePositiveRate: float
    """
    Of the images of nothing: taken for known where 95 % of the held-out images are
    """
    against: NotRequired[list[NoveltyAgainst]]
    """
    The same figures by kind of negatives
    """
    measure: NotRequired[Literal['nearest-neighbours', 'mahalanobis']]
    """
    What tells them; absent: nearest-neighbours
    """
    learntFromNegatives: NotRequired[bool]
    tried: NotRequired[list[NoveltyMeasure]]
    """
    What the measure was chosen from
    """


class RecentImages(TypedDict):
    seconds: int
    images: int
    """
    Images that were answered, one for each classifier that did
    """
    imagesPerSecond: float
    milliseconds: StagePercentiles | None
    """
    By stage, of one image; null: there was none
    """


class ReviewedFeedback(TypedDict):
    id: int
    sha256: str
    classifier: str
    version: int | None
    label: str
    """
    What it is, as the user says
    """
    state: Literal['new', 'accepted', 'rejected']
    createdAt: str
    prediction: NotRequired[TopPrediction | None]
    """
    With `order=informative` only; null: the classifier is gone, or the image cannot be decoded
    """


class Rollout(TypedDict):
    name: str
    state: Literal['running', 'promoted', 'failed', 'ended']
    """
    promoted: its version was activated; failed: a condition did not hold; ended: by request, or by the activation of another version
    """
    version: int
    """
    The canary: it answers in place of the active version
    """
    percent: float
    """
    Of the requests that name no version
    """
    keys: list[Key]
    """
    Ids of API keys whose requests it answers, all of them; known with AUTH=required
    """
    shadows: list[Shadow]
    """
    Further versions that are scored beside the active one and answer nobody
    """
    conditions: RolloutConditions | None
    waitingFor: str | None
    """
    What is missing until the conditions are judged
    """
    startedAt: str
    endedAt: str | None
    versions: list[RolloutVersion]
    """
    What each has shown, on all servers together
    """
    steps: list[RolloutStep]
    """
    The oldest first
    """


class RolloutList(TypedDict):
    """
    The newest first
    """

    rollouts: list[Rollout]


class SearchFigures(TypedDict):
    trials: int
    """
    Settings that were tried, those of the request included
    """
    fits: int
    seconds: float
    folds: int
    """
    Folds that the figures are means of; 1: of the validation images
    """
    first: TrialFigures
    """
    Of the settings of the request
    """
    best: TrialFigures
    """
    Of the settings that the head has
    """
    bestTrial: int
    """
    Their number; 0: nothing was better than the settings of the request
    """
    check: NotRequired[SearchCheck | None]
    """
    null: no trial had a lower loss than the settings of the request
    """


class ServerProcess(TypedDict):
    id: str
    role: Literal['all', 'api', 'trainer']
    host: str
    release: str
    """
    Of Taxon
    """
    trainers: int
    """
    Trainings that it runs at a time
    """
    startedAt: str
    seenAt: str
    behind: list[Shortfall]
    """
    Active versions that it cannot serve, with what answers in their place
    """


class SimilarImage(TypedDict):
    imageId: int
    image: str
    """
    SHA-256 of the file
    """
    dataset: str
    label: str
    split: Split
    similarity: float
    """
    Cosine of the embeddings: 1 for the same image
    """
    thumbnail: str
    """
    Path of a preview
    """


class SimilarToImage(TypedDict):
    """
    It has `similar` or an `error`
    """

    filename: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    similar: NotRequired[list[SimilarImage]]
    """
    Most similar first
    """
    error: NotRequired[ImageError]


class Status(TypedDict):
    version: str
    """
    Of Taxon
    """
    uptimeSeconds: float
    notReady: str | None
    """
    Why `/health/ready` answers 503; null: it does not
    """
    engine: Engine
    models: list[ModelStatus]
    recent: RecentImages
    queue: QueueStatus
    trainings: TrainingCounts | None
    """
    In every process that shares the database; null: it does not answer
    """
    memory: MemoryStatus
    disks: dict[str, DiskStatus]
    processes: list[ServerProcess]
    """
    That share the database and live; this one is the first
    """
    database: DatabaseStatus


class Taught(TypedDict):
    added: int
    duplicates: int
    """
    The same bytes were there under the same label
    """
    failed: int
    results: list[FileResult]
    """
    In the order of the images
    """
    lesson: Lesson


class UploadResult(TypedDict):
    totals: UploadTotals
    results: list[FileResult]


class VersionMetrics(TypedDict):
    accuracy: NotRequired[float]
    """
    Share of the held-out images
    """
    accuracyInterval: NotRequired[Interval]
    """
    95 % interval (Wilson)
    """
    macroF1: NotRequired[float]
    macroF1Interval: NotRequired[Interval]
    """
    95 % interval (bootstrap: a single point where nothing was wrong)
    """
    temperature: NotRequired[float]
    temperatureFit: NotRequired[TemperatureFit]
    precisions: NotRequired[list[PrecisionCheck]]
    """
    What the lower precisions that were tried answer beside fp32
    """
    search: NotRequired[SearchFigures]
    """
    What a search for hyper-parameters came to
    """
    novelty: NotRequired[NoveltyCheck]
    multiLabel: NotRequired[MultiLabelFigures]
    worstMistakes: NotRequired[list[Mistake]]
    """
    Held-out images that it got wrong, the most confident first, 20 at most: their labels may be wrong
    """
    images: NotRequired[int]
    """
    Images that the figures are of
    """
    evaluatedOn: NotRequired[Split]
    """
    Their part of the dataset
    """
    top5: NotRequired[float]
    """
    Share of images whose label is among the five most probable
    """
    classes: NotRequired[list[ClassFigures]]
    confusion: NotRequired[list[list[int]]]
    """
    Images by true class (rows) and predicted class (columns), in the order of the labels
    """
    calibration: NotRequired[CalibrationFigures]
    comparison: NotRequired[VersionComparison | None]
    """
    With the version that was active when this one was trained; null: there was none
    """


AutoRetrainActivation: TypeAlias = Literal['if-better', 'never'] | AutoRetrainRollout
"""
What happens to the new version, `if-better` by default: as with a training by request, or a rollout
"""


class AutoRetrainSettings(TypedDict):
    dataset: str
    """
    Name of a dataset
    """
    afterCorrections: NotRequired[int]
    """
    Images added to the dataset, removed from it or labelled anew since the last training, that start the next one
    """
    schedule: NotRequired[AutoRetrainSchedule]
    """
    When a training is started, if anything has changed since the last one
    """
    minimumIntervalSeconds: NotRequired[int]
    """
    Between two trainings of the classifier on this dataset, whoever asked for the first
    """
    activate: NotRequired[AutoRetrainActivation]
    margin: NotRequired[float]
    """
    Accuracy that if-better wants beyond the active version, as a share of images
    """
    backbone: NotRequired[str]
    """
    Classifier whose backbone to build on; default: the model's own, and for a new one the best that was pulled or imported, else the default classifier's
    """
    preset: NotRequired[Literal['keras', 'default']]
    hyperparameters: NotRequired[Hyperparameters]
    """
    Replace values of the preset
    """
    search: NotRequired[HeadSearch]
    """
    Looks for better hyper-parameters; those that are best on validation are kept
    """
    fineTune: NotRequired[Literal['top-blocks']]
    """
    top-blocks: after the head, the upper blocks of the backbone are trained too, with a tenth of its learning rate, which gives a backbone of its own. Where that is not better on the validation images, the version has the frozen backbone. Needs TensorFlow (npm run build:tfjs-native)
    """


class ChangedImages(TypedDict):
    before: list[ImageState]
    """
    What each image was, once, in the order of the changes: sent as `changes`, it undoes them
    """


class Classification(TypedDict):
    """
    With one classifier: `model` and its `results`. With several: one entry each under `models` instead.
    """

    model: NotRequired[ModelRef]
    results: NotRequired[list[ImageClassification]]
    models: NotRequired[list[ModelClassification]]
    """
    In the order asked for
    """
    timing: Timing


class DatasetDifferenceImage(TypedDict):
    id: int
    """
    Of the image in the dataset: in the first state, where it has it
    """
    sha256: str
    before: LabelAndSplit | None
    """
    Null: the first state does not have it
    """
    after: LabelAndSplit | None
    """
    Null: the second state does not have it
    """


class DatasetDifferencePage(TypedDict):
    counts: DatasetDifferenceCounts
    """
    Of all images, whatever page this is
    """
    images: list[DatasetDifferenceImage]
    next: int | None
    """
    `after` of the next page; null on the last one
    """


class DatasetImagePage(TypedDict):
    images: list[ListedImage]
    next: int | None
    """
    `after` of the next page; null on the last one
    """
    total: int | None
    """
    Images that match, on the first page (without `after`); null on the others
    """


class DatasetStatistics(TypedDict):
    name: str
    """
    Name of a dataset
    """
    task: DatasetTask
    splitSeed: int
    validationShare: float
    testShare: float
    images: int
    """
    Labelled images; one under two labels counts twice
    """
    negatives: Negatives | None
    """
    Label of the images that are of none of the classes; null: no images are meant to be
    """
    createdAt: str
    changedAt: str
    classes: list[ClassCount]
    """
    By name, the negatives last
    """
    formats: dict[str, int]
    sizes: ImageSizes
    exactDuplicates: ImageGroups
    """
    The same bytes under several file names; kept once
    """
    nearDuplicates: ImageGroups
    """
    Images that look the same, by perceptual hash
    """
    leaks: ImageGroups
    """
    Duplicates, exact or near, in more than one split, because their splits were given
    """
    conflictingLabels: ImageGroups
    """
    The same image under several labels
    """
    unreadable: UnreadableFiles


class Embedding(TypedDict):
    model: ModelRef
    backbone: str
    results: list[ImageEmbedding]
    timing: Timing


class FeedbackList(TypedDict):
    feedback: list[ReviewedFeedback]


class Metrics(TypedDict):
    accuracy: NotRequired[float]
    """
    Share of the held-out images
    """
    accuracyInterval: NotRequired[Interval]
    """
    95 % interval (Wilson)
    """
    macroF1: NotRequired[float]
    macroF1Interval: NotRequired[Interval]
    """
    95 % interval (bootstrap: a single point where nothing was wrong)
    """
    temperature: NotRequired[float]
    temperatureFit: NotRequired[TemperatureFit]
    precisions: NotRequired[list[PrecisionCheck]]
    """
    What the lower precisions that were tried answer beside fp32
    """
    search: NotRequired[SearchFigures]
    """
    What a search for hyper-parameters came to
    """
    novelty: NotRequired[NoveltyCheck]
    multiLabel: NotRequired[MultiLabelFigures]
    worstMistakes: NotRequired[list[Mistake]]
    """
    Held-out images that it got wrong, the most confident first, 20 at most: their labels may be wrong
    """


class ModelVersion(TypedDict):
    name: str
    version: int
    active: bool
    aliases: list[str]
    """
    Its other names
    """
    labels: list[str]
    task: DatasetTask
    """
    Whether its classes exclude one another, so that their probabilities sum to 1, or each has a probability of its own
    """
    thresholds: NotRequired[list[float]]
    """
    Of a multi-label version, by label: from which probability on an image has it
    """
    backbone: BackboneRef
    preprocessing: Preprocessing
    temperature: float
    unknownAbove: float
    """
    Images of a `novelty` above it are unknown, unless a request says otherwise
    """
    metrics: VersionMetrics
    provenance: dict[str, Any]
    training: TrainingOrigin | None
    """
    Null where it was trained elsewhere, or the database is away
    """
    files: dict[str, VersionFile]
    """
    Of the version itself, by name; a head has its backbone beside it
    """
    license: str
    precision: Precision
    """
    What it computes in, or would if it were active
    """
    engine: Engine


class SimilarImages(TypedDict):
    model: ModelRef
    dataset: str
    searched: int
    """
    Images of the dataset that have an embedding
    """
    missing: int
    """
    Images of the dataset that have none yet, and so are not found
    """
    results: list[SimilarToImage]
    timing: Timing


class Training(TypedDict):
    id: str
    model: str
    dataset: str
    request: dict[str, Any]
    startedBy: TrainingStarter
    """
    request: a caller; lesson: the rule of what was taught; auto-retrain: the classifier trains itself again
    """
    state: TrainingState
    stage: str | None
    progress: float
    metrics: Metrics | None
    version: int | None
    leftOut: LeftOut
    error: TrainingError | None
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    waitsFor: NotRequired[Literal['trainer']]
    """
    trainer: it waits, and no process that runs trainings is there; asked of one training only
    """


class TrainingDetail(TypedDict):
    id: str
    model: str
    dataset: str
    request: dict[str, Any]
    startedBy: TrainingStarter
    """
    request: a caller; lesson: the rule of what was taught; auto-retrain: the classifier trains itself again
    """
    state: TrainingState
    stage: str | None
    progress: float
    metrics: Metrics | None
    version: int | None
    leftOut: LeftOut
    error: TrainingError | None
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    waitsFor: NotRequired[Literal['trainer']]
    """
    trainer: it waits, and no process that runs trainings is there; asked of one training only
    """
    trials: list[Trial]
    """
    Fits of its search, in the order in which they ended; a setting that did well has two
    """


class TrainingList(TypedDict):
    trainings: list[Training]
