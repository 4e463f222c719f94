# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the batch scripts. run_job SUBCOMMAND…: runs it on the ranks of this job and ends the script. Asked to stop (USR1 before the time
# limit, or TERM), and after a failure that another start may mend, the job is queued again and goes on from its checkpoint.
# shellcheck source=slurm/site
. "${GRIDRING_SITE:-$GRIDRING_SLURM/site}"
load_modules

say() { echo "$(date +%FT%T) job ${SLURM_JOB_ID:-} start ${SLURM_RESTART_COUNT:-0}: $*"; }

# again WHY CODE: queues this job once more, or ends it with the code when it has been often enough or somebody cancelled it.
again() {
    scontrol show job -o "$SLURM_JOB_ID" | grep -q JobState=RUNNING || { say "$1; cancelled"; exit "$2"; }
    if [ "${SLURM_RESTART_COUNT:-0}" -ge "$restarts" ]; then say "$1; given up after $restarts restarts"; exit "$2"; fi
    say "$1; queued again"
    scontrol requeue "$SLURM_JOB_ID" && sleep 60  # Slurm ends this script
    exit 85                                       # where RequeueExit=85 does it instead
}

run_job() {
    local -a ranks
    # shellcheck disable=SC2206  # several options in one word
    case $launcher in
        srun) ranks=(srun --mpi=pmix --kill-on-bad-exit=1 $srun_options "$gridring") ;;
        mpirun) ranks=("$gridring" launch -n "$SLURM_NTASKS" --restarts 3 ${mpirun_options:+"--mpirun=$mpirun_options"} --) ;;
        *) echo "slurm/site: expected launcher srun or mpirun, found '$launcher'" >&2; exit 2 ;;
    esac
    follow "${ranks[@]}" "$@"
}

# run_alone SUBCOMMAND…: the same of a program that starts its own ranks.
run_alone() { follow "$gridring" "$@"; }

follow() {
    local child code stopped=
    say "$* on $SLURM_JOB_NODELIST"
    "$@" &
    child=$!
    trap 'stopped=1; say "asked to stop"; kill -USR1 $child' USR1 TERM
    while :; do  # a signal ends wait, not the program
        wait "$child"; code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    trap - USR1 TERM
    say "ended with $code"
    case $code in
        0) exit 0 ;;
        85) again "stopped with a checkpoint" 85 ;;
        2 | 3 | 4 | 6 | 7) exit "$code" ;;  # another start would end alike
    esac
    [ -z "$stopped" ] || again "stopped before there was a checkpoint of its own" 85
    again "a rank or a node was lost" "$code"
}
