"""A small web application as any image may hold one: answers requests, and echoes on a websocket."""

import asyncio
import sys

import tornado.web
import tornado.websocket


class Page(tornado.web.RequestHandler):
    def get(self, *_path):
        self.write("ok")


class Echo(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message)


async def main(port, prefix):
    application = tornado.web.Application([(prefix + "ws", Echo), (prefix + "(.*)", Page)])
    application.listen(int(port))
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
