"""A receiver of webhooks as it is written first: it believes everything that arrives, and works before it answers.

It verifies no signature, books every delivery, and takes the latest one for the latest news. `mockserver trial
--receiver` finds all of that.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from webhook_bodies import event_of


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        event = event_of(self.headers, body)
        print(json.dumps({"processed": event.id}))
        print(json.dumps({"job": event.job, "status": event.status}))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["MOCKSERVER_TRIAL_WEBHOOK_PORT"])), Receiver).serve_forever()
