#!/bin/sh
# Whether the card works at all, in two minutes: nvidia-smi, doctor, four fixtures, the headline step without
# tuning, torch and cuDNN's step. Then ./run.sh measures everything.
#
# Usage: ./first.sh [FOLDER]      (default: ./results-first); FOLDER.tar.gz holds it all
# Variables as in run.sh; ALSTM_BUDGET_S is 120 here.
exec "$(dirname "$0")/run.sh" --first "$@"
