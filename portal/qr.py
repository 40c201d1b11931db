"""QR codes on our pages."""

from __future__ import annotations

from io import BytesIO

import qrcode
from flask import Response, send_file


def qr_png(content: str) -> Response:
    """*content* as a picture that nobody keeps."""
    code = qrcode.QRCode(border=4, box_size=8, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(content)
    out = BytesIO()
    code.make_image().save(out, format="PNG")
    out.seek(0)
    response = send_file(out, mimetype="image/png")
    response.headers["Cache-Control"] = "no-store"
    return response
