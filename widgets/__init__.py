"""The browser side: chat widget, agents' console and page shells; built by npm into `dist`, served by `gateway`."""

from pathlib import Path

ROOT = Path(__file__).parent
