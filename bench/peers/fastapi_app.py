"""FastAPI around a function from the bytes of an image to an answer; the function runs in a thread, so that the loop goes on reading.

Settings: one process (a second one would hold the model twice and share the same cores), uvloop and httptools in place of asyncio and h11, no access log,
as many threads as there are requests worth working on at once, the answer written by JSONResponse without a response model.
"""
import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI, UploadFile
from fastapi.responses import JSONResponse


def serve(classify, threads):
    app = FastAPI()
    pool = ThreadPoolExecutor(threads)

    @app.post("/classify")
    async def answer(image: UploadFile):
        data = await image.read()
        return JSONResponse(await asyncio.get_running_loop().run_in_executor(pool, classify, data))

    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools", access_log=False, log_level="warning")
