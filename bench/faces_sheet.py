"""Draw every seal face in every size on one sheet: ``python bench/faces_sheet.py OUT.png``."""

from __future__ import annotations

import io
import math
import sys
import time

from PIL import Image

from seal_core.faces import (
    Face,
    FaceKind,
    FaceSpec,
    Touch,
    draw,
    draw_signature,
    typed_signature,
)

DPI = 300
GAP_MM = 6.0
SHEET_MM = 300.0
CODE = "1401050123456"
SHORT = "晋中书局"
USUAL = "太原示例数字科技有限公司"
LONG = "中国某某示例信息技术（集团）股份有限公司山西吕梁孝义分公司"
LONGEST = "中华人民共和国某某省某某自治州某县示例农业科技开发（集团）有限责任公司第一分公司"[:40]


def ring(kind: FaceKind, name: str, side: float, **more: str) -> FaceSpec:
    return FaceSpec(kind, name, side, side, **more)


def name_seal(name: str, side: float, suffix: str = "", height: float = 0.0) -> FaceSpec:
    return FaceSpec(FaceKind.PERSONAL, name, side, height or side, suffix=suffix)


def specs() -> list[FaceSpec]:
    """The rows of the sheet, one after the other."""
    company = FaceKind.COMPANY
    found = [ring(company, USUAL, side, code=CODE) for side in (38, 40, 42, 45)]
    found += [ring(company, name, 40, code=CODE) for name in (SHORT, LONG, LONGEST)]
    found.append(ring(company, "某某镇人民政府", 42))
    found.append(ring(company, "江西示例喆堃䶮㛃𬍛科技有限公司", 42))
    found.append(ring(FaceKind.DEPARTMENT, USUAL, 40, centre_text="人力资源部", code=CODE))
    found.append(ring(FaceKind.DEPARTMENT, "某某市行政审批局", 42, centre_text="政务服务管理科"))
    found.append(FaceSpec(company, USUAL, 40, 40, second_line="TAIYUAN SHILI TECH CO., LTD."))
    for kind in (FaceKind.CONTRACT, FaceKind.FINANCE):
        found.append(ring(kind, USUAL, 38, code=CODE))
        found.append(ring(kind, LONG, 38, code=CODE, number="（1）"))
    found.append(ring(FaceKind.SPECIAL, USUAL, 40, centre_text="行政审批专用章", code=CODE))
    found.append(ring(FaceKind.SPECIAL, SHORT, 38, centre_text="投标专用章"))
    tax = "91140105MA0ABCDE0X"
    found += [
        FaceSpec(FaceKind.INVOICE, name, 40, 30, code=tax, number=number)
        for name, number in ((SHORT, ""), (USUAL, ""), (LONG, "（2）"))
    ]
    found += [
        FaceSpec(company, name, 45, 30, code=code, second_line=second)
        for name, code, second in (
            (USUAL, CODE, ""),
            ("示例（中国）投资有限公司", "", "EXAMPLE (CHINA) INVESTMENT CO., LTD."),
        )
    ]
    found += [ring(FaceKind.FINANCE, name, 22) for name in (SHORT, "示例科技有限公司", USUAL, LONG)]
    found += [name_seal("张三丰", side, "印") for side in (20, 18, 16)]
    found += [name_seal("李四", 20, suffix) for suffix in ("", "印", "之印")]
    found += [name_seal(name, 20) for name in ("张三丰", "诸葛亮", "欧阳修文")]
    found.append(name_seal("买买提·阿布都热依木", 20))
    found += [name_seal("欧阳修文", 20, "之印"), name_seal("JOHN SMITH", 20)]
    found += [name_seal(name, 20, height=10) for name in ("张三丰", "李四", "买买提·阿布都拉")]
    found += [name_seal("张三丰", 20, "印", height=10)]
    return found


def signatures() -> list[Face]:
    """Hand-drawn and typed ones."""

    def line(*points: tuple[float, float], slow: float = 14.0) -> list[Touch]:
        return [Touch(x, y, at_ms=k * slow) for k, (x, y) in enumerate(points)]

    loops = [
        Touch(t * 1.5 + 30 * math.sin(t / 9), 60 - 40 * math.cos(t / 9) + t / 8, t * (5 + t % 9))
        for t in range(0, 240, 3)
    ]
    wang = [
        line((60, 40), (90, 38), (130, 32), (170, 30), (172, 33)),
        line((66, 84), (95, 82), (130, 78), (160, 75)),
        line((114, 36), (113, 60), (112, 90), (110, 122)),
        line((40, 130), (80, 128), (140, 122), (200, 116), (205, 119)),
        line((290, 20), (270, 60), (240, 100), (215, 130), slow=8.0),
        line((280, 50), (300, 80), (330, 110), (368, 132), slow=9.0),
    ]
    return [
        draw_signature([loops]),
        draw_signature(wang),
        *(typed_signature(name) for name in ("王小明", "买买提·阿布都拉", "John Smith")),
    ]


def sheet(faces: list[Face]) -> Image.Image:
    """Lay *faces* out at their true relative size on white paper."""
    places, x, y, tall = [], GAP_MM, GAP_MM, 0.0
    for face in faces:
        if x + face.width_mm > SHEET_MM:
            x, y, tall = GAP_MM, y + tall + GAP_MM, 0.0
        places.append((x, y))
        x, tall = x + face.width_mm + GAP_MM, max(tall, face.height_mm)
    scale = DPI / 25.4
    paper = Image.new("RGB", (round(SHEET_MM * scale), round((y + tall + GAP_MM) * scale)), "white")
    for face, (left, top) in zip(faces, places, strict=True):
        with Image.open(io.BytesIO(face.png(DPI))) as picture:
            ink = picture.convert("RGBA")
        paper.paste(ink, (round(left * scale), round(top * scale)), ink)
    return paper


def main(target: str) -> None:
    draw(specs()[0])  # opens the fonts
    faces, slowest = [], 0.0
    for spec in specs():
        start = time.perf_counter()
        faces.append(draw(spec))
        slowest = max(slowest, time.perf_counter() - start)
    start = time.perf_counter()
    sizes = [len(face.png()) for face in faces]
    each = (time.perf_counter() - start) / len(faces)
    print(f"{len(faces)} faces, slowest {slowest * 1e3:.0f} ms")
    print(f"600 dpi PNG: {each * 1e3:.0f} ms each, {min(sizes)} to {max(sizes)} bytes")
    sheet(faces + signatures()).save(target, dpi=(DPI, DPI))


if __name__ == "__main__":
    main(sys.argv[1])
