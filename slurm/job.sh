# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the batch scripts. run_job SUBCOMMAND…: runs it on the ranks of this job and ends the script. Asked to stop (USR1 before the time
# limit, or TERM), and after a failure that another start may mend, the job is queued again and goes on from its checkpoint.
child='' stopped=''
trap 'stopped=1; say "asked to stop"; [ -z "$child" ] || kill -USR1 "$child"' USR1 TERM
# shellcheck source=slurm/site
. "${GRIDRING_SITE:-$GRIDRING_SLURM/site}"
load_modules

say() { echo "$(date +%FT%T) job ${SLURM_JOB_ID:-} start ${SLURM_RESTART_COUNT:-0}: $*"; }

# Of an array the task alone: the number of the first task stands for all of them.
own_id=$SLURM_JOB_ID
[ -z "${SLURM_ARRAY_JOB_ID:-}" ] || own_id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID

# again WHY CODE: queues this job once more, or ends it with the code when it has been often enough or somebody cancelled it.
again() {
    local state try
    if [ "${SLURM_RESTART_COUNT:-0}" -ge "$restarts" ]; then say "$1; given up after $restarts restarts"; exit "$2"; fi
    for ((try = 0; try < 20; ++try)); do  # a controller that does not answer now
        state=$(scontrol show job -o "$own_id" | grep -o 'JobState=[A-Z_]*' | head -1)
        case $state in
            JobState=CANCELLED | JobState=COMPLETING) say "$1; cancelled"; exit "$2" ;;
            JobState=*) say "$1; queued again"; scontrol requeue "$own_id" && sleep 60 ;;  # Slurm ends this script
        esac
        sleep 10
    done
    exit 85  # where RequeueExit=85 does it instead
}

run_job() {
    local -a ranks
    # shellcheck disable=SC2206  # several options in one word
    case $launcher in
        srun) ranks=(srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" $srun_options "$gridring") ;;
        mpirun) ranks=("$gridring" launch -n "$SLURM_NTASKS" --restarts 3 ${mpirun_options:+"--mpirun=$mpirun_options"} --) ;;
        *) echo "slurm/site: expected launcher srun or mpirun, found '$launcher'" >&2; exit 2 ;;
    esac
    follow "${ranks[@]}" "$@"
}

# run_alone SUBCOMMAND…: the same of a program that starts its own ranks.
run_alone() { follow "$gridring" "$@"; }

follow() {
    local code=0 word
    local -a words=()
    for word; do  # a start that goes on does not begin anew
        [ "$word" = --fresh ] && [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] || words+=("$word")
    done
    say "${words[*]} on $SLURM_JOB_NODELIST"
    "${words[@]}" &
    child=$!
    [ -z "$stopped" ] || kill -USR1 "$child"  # asked before it was there
    while :; do  # a signal ends wait, not the program
        code=0
        wait "$child" || code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    trap - USR1 TERM
    say "ended with $code"
    case $code in
        0) exit 0 ;;
        85) again "stopped with a checkpoint" 85 ;;
        2 | 3 | 4 | 6 | 7 | 126 | 127 | 132) exit "$code" ;;  # another start would end alike; the last three: no such program, or for other processors
    esac
    [ -z "$stopped" ] || again "stopped before there was a checkpoint of its own" 85
    again "a rank or a node was lost" "$code"
}
