#!/usr/bin/env python3
"""WCAG 2 contrast ratio: contrast.py FOREGROUND BACKGROUND [--large | --part]

Colours as #rgb, #rrggbb or #rrggbbaa (a transparent foreground is laid over the background).
--large: text of 24 px, or 18.66 px bold, and above. --part: borders, icons, focus marks.
Prints the ratio, cut and not rounded, and for a failure the nearest foreground of the same hue
that passes. Exit 0 passes AA, 1 does not, 2 bad input.
"""
import argparse
import colorsys
import sys


def parse(text):
    digits = text.removeprefix("#")
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in (6, 8):
        raise ValueError(f"{text}: not a colour; write #rgb, #rrggbb or #rrggbbaa")
    channels = [int(digits[at:at + 2], 16) for at in range(0, len(digits), 2)]
    return tuple(channels[:3]), (channels[3] / 255 if len(channels) == 4 else 1.0)


def luminance(colour):
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one, two):
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def nearest(fore, back, wanted):
    """The colour of `fore`'s hue with the smallest change of lightness that reaches `wanted`."""
    hue, light, saturation = colorsys.rgb_to_hls(*(c / 255 for c in fore))
    for step in range(1, 256):
        for way in (-step, step):
            level = light + way / 255
            if 0 <= level <= 1:
                tried = tuple(round(c * 255) for c in colorsys.hls_to_rgb(hue, level, saturation))
                if ratio(tried, back) >= wanted:
                    return "#%02x%02x%02x" % tried
    return None


def main():
    ask = argparse.ArgumentParser(description="WCAG 2 contrast ratio of two colours.")
    ask.add_argument("foreground")
    ask.add_argument("background")
    size = ask.add_mutually_exclusive_group()
    size.add_argument("--large", action="store_true")
    size.add_argument("--part", action="store_true")
    args = ask.parse_args()
    try:
        (fore, alpha), (back, back_alpha) = parse(args.foreground), parse(args.background)
        if back_alpha != 1:
            raise ValueError(f"{args.background}: the background must not be transparent")
    except ValueError as error:
        print(f"contrast: {error}", file=sys.stderr)
        return 2
    fore = tuple(round(f * alpha + b * (1 - alpha)) for f, b in zip(fore, back, strict=True))
    wanted = 3.0 if args.large or args.part else 4.5
    found = ratio(fore, back)
    passes = found >= wanted
    text = f"{int(found * 100) / 100:.2f}:1, AA wants {wanted}:1: {'passes' if passes else 'fails'}"
    if not passes:
        text += f"; nearest that passes: {nearest(fore, back, wanted) or 'none of this hue'}"
    print(text)
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main())
