#!/usr/bin/env bash
# Names the GPUs that CUDA shows on this host, as Spark asks for them: {"name": "gpu", "addresses": ["0", "1"]}.
#
# Those of CUDA_VISIBLE_DEVICES where it is set (none, if it is empty), else all that the driver counts.
set -euo pipefail

if [[ -n ${CUDA_VISIBLE_DEVICES+set} ]]; then
  found=${CUDA_VISIBLE_DEVICES//,/$'\n'}
else
  found=$(nvidia-smi --query-gpu=index --format=csv,noheader)
fi

addresses=
for address in $found; do
  addresses+=${addresses:+, }\"$address\"
done
printf '{"name": "gpu", "addresses": [%s]}\n' "$addresses"
