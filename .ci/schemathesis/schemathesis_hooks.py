"""Bodies that are no JSON: a real image or archive now and then, so that requests get further than the decoder's door."""

import base64
import io
import os
import uuid
import zipfile

import schemathesis
from hypothesis import strategies as st

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12Po6OgAAAM0AZkQj9/uAAAAAElFTkSuQmCC"
)


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as folder:
        folder.writestr("hat/1.png", PNG)
    return buffer.getvalue()


image = st.one_of(st.just(PNG), st.binary(min_size=1, max_size=64))
schemathesis.openapi.format("binary", image)
schemathesis.openapi.media_type("image/*", image)
for media_type in ("application/zip", "application/x-tar", "application/gzip"):
    schemathesis.openapi.media_type(media_type, st.one_of(st.just(archive()), st.binary(min_size=1, max_size=64)))


@schemathesis.serializer("image/*", "application/zip", "application/x-tar", "application/gzip")
def bytes_as_they_are(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_body(_context, body):
    """Keys that reach for the prototype are refused wherever they stand, which a schema would have to say of every object."""
    return "__proto__" not in repr(body)


@schemathesis.hook
def before_call(_context, case, _kwargs):
    path_parameters = case.path_parameters or {}
    # A run that revoked its own key would see nothing but 401 from then on.
    if path_parameters.get("id") == os.environ.get("OWN_KEY_ID"):
        path_parameters["id"] = str(uuid.uuid4())
    # The protocol wants the shape of a tensor to fit its data, which JSON Schema cannot say.
    if case.operation.path.endswith("/infer") and case.meta.generation.mode.is_positive:
        for tensor in case.body["inputs"]:
            tensor["shape"] = [len(tensor["data"])]
    # Without its only classifier the server is not ready, which the calls after this one would see.
    if case.operation.path.endswith("/unload") and path_parameters.get("model") == "clothing":
        path_parameters["model"] = "another"
    # A key that came with another request is refused, which a schema of one request cannot say.
    if case.headers and "idempotency-key" in case.headers and case.meta.generation.mode.is_positive:
        case.headers["idempotency-key"] = str(uuid.uuid4())
    # Which classes there are depends on the classifier; what has to do with a heat map is of use only with one.
    if case.query and case.meta.generation.mode.is_positive:
        if case.query.get("explainLabel") is not None:
            case.query["explainLabel"] = "shoes"
        if case.query.get("explain") is None:
            for name in ("explainFormat", "explainLabel"):
                case.query.pop(name, None)
