"""What a session sends unrequested: webhooks and websockets."""
