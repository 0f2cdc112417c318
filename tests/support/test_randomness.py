from gan_utils.support.randomness import LATENTS, ORDER, STEPS, mixed_seed


def test_every_seed_stream_and_number_has_a_seed_of_its_own():
    streams = (ORDER, LATENTS, STEPS)
    seeds = {mixed_seed(a, b, c) for a in range(5) for b in streams for c in range(50)}
    assert len(seeds) == 5 * 3 * 50
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert mixed_seed(3, LATENTS, 7) == mixed_seed(3, LATENTS, 7)
