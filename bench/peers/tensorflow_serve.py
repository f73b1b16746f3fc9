"""Runs tensorflow_flask.py in gunicorn, at PORT."""
import os
import sys

threads = str(len(os.sched_getaffinity(0)) + 1)
folder = os.path.dirname(os.path.abspath(__file__))
os.execv(
    sys.executable,
    [sys.executable, "-m", "gunicorn", "-k", "gthread", "--workers", "1", "--threads", threads, "--timeout", "300", "--keep-alive", "75",
     "--chdir", folder, "--bind", f"127.0.0.1:{os.environ['PORT']}", "tensorflow_flask:app"],
)
