"""The process of the story: python -m flows.story OUT SEED."""

import sys
from pathlib import Path

from flows.story.weeks import main

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
