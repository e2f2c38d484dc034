#!/bin/sh
# Everything that this archive is for, in one call: doctor, fixtures, tuning, benchmarks, PyTorch.
#
# Usage: ./run.sh [FOLDER]        (default: ./results)
#   FOLDER/<adapter>/*.json       to be copied into bench/results/
#   FOLDER/results.json           doctor, fixtures, training steps, and how each step went
#   FOLDER/steps/                 what each step printed
#   FOLDER.tar.gz                 all of it
# Status 0 where every step went well.
#
# ALSTM_BUDGET_S   seconds that all may take: the most important comes first    (default: 540)
# ALSTM_ADAPTER    gpu, lavapipe or swiftshader                                 (default: the best)
# ALSTM_QUICK=1    tiny shapes and few fixtures, in 120 s, to see that everything runs
# ALSTM_PYTHON     a Python with torch                                          (default: python3)
here=$(cd "$(dirname "$0")" && pwd) || exit 1
if ! "$here/node" --version > /dev/null; then
  echo "run.sh: the packed Node does not start: it needs Linux on x64 with glibc 2.28 and libstdc++" >&2
  exit 1
fi
exec "$here/node" "$here/tools/gpu-host/main.js" "$@"
